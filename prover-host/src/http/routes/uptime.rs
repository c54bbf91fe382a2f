//! How often a validator has voted in an epoch.

use axum::http::HeaderMap;
use axum::response::Response;
use rpp_verifier::Route;

use super::requests::refused;
use crate::http::problem::Problem;
use crate::http::reply;
use crate::state::Host;

pub(super) async fn uptime(
    host: &Host,
    request: &HeaderMap,
    validator: u32,
    epoch: u32,
) -> Result<Response, Problem> {
    let uptime = host.uptime(validator, epoch).await;
    let uptime = uptime.map_err(|error| refused(&Route::Uptime { validator, epoch }, &error))?;
    Ok(reply::document(&uptime, request, "public, max-age=60"))
}
