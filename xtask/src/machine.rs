//! The machine and the commit that were measured.

use serde_json::{Value, json};

use crate::process::{output, program};

/// Returns processor, cores, memory, system, compiler and the large-page setting, as reported by
/// the system.
pub(crate) fn describe() -> Value {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    json!({
        "processor": field_of("/proc/cpuinfo", "model name"),
        "vectors": vectors(),
        "cores": cores,
        "memory": field_of("/proc/meminfo", "MemTotal"),
        "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "rustc": line_of("rustc", &["--version"]),
        "node": line_of("node", &["--version"]),
        "large_pages": line_of("cat", &["/sys/kernel/mm/transparent_hugepage/enabled"]),
    })
}

/// Returns the widest vector instructions of an x86 processor, which determine how fast it proves.
fn vectors() -> Option<&'static str> {
    let flags = field_of("/proc/cpuinfo", "flags")?;
    let has = |flag: &&str| flags.split(' ').any(|word| word == *flag);
    ["avx512f", "avx2", "sse2"].into_iter().find(has)
}

/// Returns the commit that was measured, followed by `+` if files differ from it.
pub(crate) fn commit() -> Option<String> {
    let hash = line_of("git", &["rev-parse", "HEAD"])?;
    let changed = line_of("git", &["status", "--porcelain"])?;
    Some(if changed.is_empty() { hash } else { hash + "+" })
}

fn line_of(name: &str, args: &[&str]) -> Option<String> {
    let printed = output(program(name).args(args)).ok()?;
    let text = String::from_utf8_lossy(&printed);
    Some(text.lines().next().unwrap_or_default().trim().to_owned())
}

fn field_of(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    let (_, value) = line.split_once(':')?;
    Some(value.trim().to_owned())
}
