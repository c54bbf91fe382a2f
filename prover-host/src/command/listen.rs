//! Where a host listens.

use std::io;
use std::net::SocketAddr;

use rpp_prover_host::http;
use tokio::net::{TcpListener, lookup_host};

/// Listens on the first address of `host_and_port` that can be listened on.
///
/// Of a name with both kinds of address the IPv4 one comes first: that is the one which other
/// programs are told.
pub(super) async fn listen(host_and_port: &str) -> io::Result<TcpListener> {
    let mut addresses: Vec<_> = lookup_host(host_and_port).await?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    let mut refused = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match http::listen(address) {
            Ok(listener) => return Ok(listener),
            Err(e) => refused = e,
        }
    }
    Err(refused)
}
