//! Deletes each constraint of a circuit in turn and says which forgery needs it:
//! `cargo xtask mutate CIRCUIT`.
//!
//! Prints a table, as Markdown with `--markdown`; with `--try WORD`, only what the attempts of the
//! search break whose name contains the word. Fails if a constraint has neither a forgery nor a
//! proof that it is redundant, or if a forgery that is written does not do what it says.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;

use rpp_verifier::hazmat::{Finding, MUTATIONS, Report};

fn main() -> ExitCode {
    // What it finds is for whoever reads it: without a reader there is no point in going on.
    mutate().unwrap_or(ExitCode::FAILURE)
}

fn mutate() -> io::Result<ExitCode> {
    let mut out = io::stdout();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (circuit, output) = match *arguments.as_slice() {
        [circuit] => (circuit, Output::Plain),
        [circuit, "--markdown"] => (circuit, Output::Markdown),
        [circuit, "--try", word] => (circuit, Output::Attempts(word)),
        _ => {
            writeln!(
                io::stderr(),
                "usage: mutate CIRCUIT [--markdown | --try WORD]"
            )?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let Some(mutations) = MUTATIONS.iter().find(|entry| entry.circuit == circuit) else {
        let known: Vec<_> = MUTATIONS.iter().map(|entry| entry.circuit).collect();
        writeln!(
            io::stderr(),
            "{circuit} has no forgeries; circuits: {}",
            known.join(", ")
        )?;
        return Ok(ExitCode::FAILURE);
    };
    if let Output::Attempts(word) = output {
        for (name, broken) in (mutations.try_attempts)(word) {
            writeln!(out, "{name}: {}", broken.join(" "))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let report = (mutations.mutate)();
    if matches!(output, Output::Markdown) {
        print_markdown(&report, &mut out)?;
    } else {
        print_plain(&report, &mut out)?;
    }
    let summary = Summary::of(&report);
    writeln!(io::stderr(), "{}", summary.sentence())?;
    for fault in &report.faults {
        writeln!(io::stderr(), "fault: {fault}")?;
    }
    if summary.uncovered == 0 && report.faults.is_empty() {
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::FAILURE)
    }
}

/// What is printed.
enum Output<'a> {
    /// A line for each constraint.
    Plain,
    /// The same as Markdown.
    Markdown,
    /// What the attempts break whose name contains a word; nothing is proven.
    Attempts(&'a str),
}

/// How many constraints there are of each kind.
#[derive(Default)]
struct Summary {
    written: usize,
    searched: usize,
    false_statements: usize,
    redundant: usize,
    infeasible: usize,
    uncovered: usize,
}

impl Summary {
    fn of(report: &Report) -> Self {
        let mut summary = Self::default();
        for (_, finding) in &report.constraints {
            match finding {
                Finding::Needed {
                    written, refused, ..
                } => {
                    summary.written += usize::from(*written);
                    summary.searched += usize::from(!*written);
                    summary.false_statements += usize::from(refused.is_some());
                }
                Finding::Redundant { .. } => summary.redundant += 1,
                Finding::Infeasible { .. } => summary.infeasible += 1,
                Finding::Uncovered => summary.uncovered += 1,
            }
        }
        summary
    }

    fn sentence(&self) -> String {
        let Self {
            written,
            searched,
            false_statements,
            redundant,
            infeasible,
            uncovered,
        } = self;
        let all = written + searched + redundant + infeasible + uncovered;
        format!(
            "{all} constraints: {written} needed by a forgery that is written, {searched} by one \
             that the search found ({false_statements} of both verify a false statement), \
             {redundant} redundant, {infeasible} out of reach, {uncovered} not covered"
        )
    }
}

/// Statement, forgery or reason of a constraint, as a table says them.
fn cells(finding: &Finding) -> [String; 3] {
    match finding {
        Finding::Needed {
            forgery,
            refused,
            written,
        } => {
            let by = if *written { "written" } else { "search" };
            let statement = refused.map_or("padding".into(), |code| format!("false: {code}"));
            [by.into(), statement, forgery.clone()]
        }
        Finding::Redundant { because } => ["redundant".into(), String::new(), (*because).into()],
        Finding::Infeasible { because } => {
            ["out of reach".into(), String::new(), (*because).into()]
        }
        Finding::Uncovered => ["NOT COVERED".into(), String::new(), String::new()],
    }
}

fn print_plain(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for (number, (name, finding)) in report.constraints.iter().enumerate() {
        let [by, statement, forgery] = cells(finding);
        writeln!(
            out,
            "{number:>4}  {name:<24} {by:<12} {statement:<28} {forgery}"
        )?;
    }
    Ok(())
}

/// Rows of equal findings that follow each other are one row.
fn print_markdown(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}\n", Summary::of(report).sentence())?;
    let mut groups: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    let mut order = Vec::new();
    for (name, finding) in &report.constraints {
        let group = name.split('.').next().unwrap_or(name);
        if !groups.contains_key(group) {
            order.push(group);
        }
        let place = match finding {
            Finding::Needed { written: true, .. } => 0,
            Finding::Needed { .. } => 1,
            Finding::Redundant { .. } => 2,
            Finding::Infeasible { .. } => 3,
            Finding::Uncovered => 4,
        };
        groups.entry(group).or_default()[place] += 1;
    }
    writeln!(
        out,
        "| group | written | search | redundant | out of reach | not covered |\n\
         |---|--:|--:|--:|--:|--:|"
    )?;
    for group in order {
        let [written, searched, redundant, infeasible, uncovered] = groups[group];
        writeln!(
            out,
            "| `{group}` | {written} | {searched} | {redundant} | {infeasible} | {uncovered} |"
        )?;
    }
    writeln!(
        out,
        "\n| constraint | by | statement | forgery, or why it is redundant |\n|---|---|---|---|"
    )?;
    for (name, finding) in &report.constraints {
        let [by, statement, forgery] = cells(finding);
        let forgery = match finding {
            Finding::Needed { .. } if forgery.starts_with("rejects_") => format!("`{forgery}`"),
            _ => forgery,
        };
        writeln!(out, "| `{name}` | {by} | {statement} | {forgery} |")?;
    }
    Ok(())
}
