//! Vectors for the documents between host and client, in JSON.

use crate::format::Case;
use crate::parts::{JsonText, Replacement};
use crate::texts::{ANCESTOR, BLOCK, CHAIN, Edit, HEAD, PAGE, TEXTS};
use crate::{Result, VectorWriter};

pub(crate) const GENESIS: &str = "client/documents/block-0.json";

/// Writes all of them.
pub(crate) fn write_texts(writer: &mut VectorWriter) -> Result<()> {
    for (of, file, texts) in TEXTS {
        for (name, changes, expect) in texts {
            write_text(writer, name, of, file, changes, 0, expect)?;
        }
    }
    write_caps(writer)?;
    write_offers(writer)
}

fn text(file: &str, edits: &[Edit], spaces: usize) -> JsonText {
    let edits = edits.iter();
    JsonText {
        file: file.into(),
        changes: edits
            .map(|&(find, replace, times)| Replacement {
                find: find.into(),
                replace: replace.into(),
                times,
            })
            .collect(),
        spaces,
    }
}

fn write_text(
    writer: &mut VectorWriter,
    name: &str,
    of: &str,
    file: &str,
    edits: &[Edit],
    spaces: usize,
    expect: &str,
) -> Result<()> {
    let text = text(file, edits, spaces);
    let name = format!("json-{name}");
    let of = of.into();
    writer.write(
        &name,
        &name.replace('-', " "),
        expect,
        Case::Json { of, text },
    )
}

/// Texts of exactly as many bytes as allowed, and of one more.
fn write_caps(writer: &mut VectorWriter) -> Result<()> {
    for (of, file, most) in [
        ("chain", CHAIN, 16_384),
        ("block", BLOCK, 32_768),
        ("head", HEAD, 33_792),
        ("page", PAGE, 2_098_176),
        ("ancestor", ANCESTOR, 8192),
    ] {
        let spaces = most - text(file, &[], 0).read().len();
        write_text(
            writer,
            &format!("{of}-at-the-limit"),
            of,
            file,
            &[],
            spaces,
            "accept",
        )?;
        let name = format!("{of}-too-long");
        write_text(writer, &name, of, file, &[], spaces + 1, "too-long")?;
    }
    let edits: &[Edit] = &[("{", "", 1)];
    write_text(
        writer,
        "order-too-long",
        "ancestor",
        ANCESTOR,
        edits,
        9000,
        "too-long",
    )
}

fn write_offers(writer: &mut VectorWriter) -> Result<()> {
    const NO_PARENT: Edit = ("\"parent\":{", "\"parent\":null,\"was\":{", 1);
    const NO_CERTIFICATE: Edit = ("\"certificate\":{", "\"certificate\":null,\"is\":{", 1);
    let offers: [(&str, &str, &[Edit], &str); 5] = [
        ("block", BLOCK, &[], "accept"),
        ("genesis", GENESIS, &[], "genesis-has-no-proof"),
        ("without-parent", BLOCK, &[NO_PARENT], "block-incomplete"),
        (
            "without-certificate",
            BLOCK,
            &[NO_CERTIFICATE],
            "block-incomplete",
        ),
        (
            "order-label-incomplete",
            BLOCK,
            &[NO_PARENT, ("\"height\":3", "\"height\":2", 1)],
            "block-label",
        ),
    ];
    for (name, file, edits, expect) in offers {
        let text = text(file, edits, 0);
        let note = name.replace('-', " ");
        writer.write(
            &format!("offer-{name}"),
            &note,
            expect,
            Case::Offer { text },
        )?;
    }
    Ok(())
}
