//! The example of the light client, over HTTP, with its state in a file.

use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use rpp_light_client::{Config, LightClient, MemoryStore, SystemClock};
use rpp_tests::provider::Provider;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::support::{EPOCH, Teller, Told};

#[path = "../../../sdk/examples/follow_chain.rs"]
#[allow(dead_code, reason = "its `main` follows for ever")]
mod follow_chain;

/// A chain whose first block was made a minute ago by the system's clock, which the example goes by.
static RECENT: LazyLock<Provider> = LazyLock::new(|| {
    let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now_ms = u64::try_from(unix.unwrap().as_millis()).unwrap();
    let genesis_ms = Provider::new(2, 0, EPOCH).header(0).timestamp_ms;
    Provider::paused(2, TOP, EPOCH, 1, now_ms - genesis_ms - 60_000)
});
const TOP: u32 = 3;

/// Serves [`RECENT`] over HTTP.
async fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            let answer = RECENT.get(line.split(' ').nth(1).unwrap(), TOP);
            let head = format!(
                "HTTP/1.1 {} X\r\nConnection: close\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
                answer.status,
                answer.content_type,
                answer.body.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&answer.body).await;
        }
    });
    url
}

/// Returns the height that the state in the file leads to.
async fn saved(state: &Path) -> Option<u32> {
    let store = MemoryStore::with(std::fs::read(state).ok()?);
    let nobody = Told(Teller::lying(0, |_, _| panic!("nobody is asked")));
    let config = Config::new(RECENT.checkpoint(1));
    let mut client = LightClient::new(config, nobody, store, SystemClock::default()).unwrap();
    Some(client.next().await.ok()?.header().height)
}

#[tokio::test(flavor = "multi_thread")]
async fn follows_to_the_head_and_keeps_it_in_its_file() {
    let (url, folder) = (serve().await, tempfile::tempdir().unwrap());
    let state = folder.path().join("state");
    let checkpoint = RECENT.checkpoint(1).to_string();
    let follow = follow_chain::follow(&url, &checkpoint, state.to_str().unwrap());
    let reached = async {
        while saved(&state).await != Some(TOP) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        ended = follow => panic!("{ended:?}"),
        () = reached => {}
        () = tokio::time::sleep(Duration::from_secs(60)) => panic!("the head was not reached"),
    }
}

/// The README shows the example's own lines.
#[test]
fn readme_shows_lines_of_the_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let block = |text: &str, language: &str| {
        let (_, rest) = text.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let lines = |text: &str| {
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        lines.join("\n")
    };
    let readme = read("README.md");
    let shown = lines(&block(&readme, "rust"));
    assert!(lines(&read("sdk/examples/follow_chain.rs")).contains(&shown));
    // The package's own tests run its example.
    assert_eq!(block(&readme, "js"), block(&read("pkg/README.md"), "js"));
}
