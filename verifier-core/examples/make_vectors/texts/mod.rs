//! Texts of documents: JSON that is taken, and JSON that is not.

mod blocks;
mod heads;
mod others;

/// What is found, what comes in its place, and how often.
pub(crate) type Edit = (&'static str, &'static str, usize);

/// A name, the changes of a document, and what they give.
pub(crate) type Text = (&'static str, &'static [Edit], &'static str);

pub(crate) const HEAD: &str = "client/documents/head-3.json";
pub(crate) const BLOCK: &str = "client/documents/block-3.json";
pub(crate) const ANCESTOR: &str = "client/documents/ancestor-0-3.json";
pub(crate) const CHAIN: &str = "documents/chain.json";
pub(crate) const PAGE: &str = "documents/page.json";

/// Each document with its file, and its texts.
pub(crate) const TEXTS: [(&str, &str, &[Text]); 5] = [
    ("head", HEAD, heads::HEADS),
    ("block", BLOCK, blocks::BLOCKS),
    ("chain", CHAIN, others::CHAINS),
    ("page", PAGE, others::PAGES),
    ("ancestor", ANCESTOR, others::ANCESTORS),
];
