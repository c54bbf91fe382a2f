//! Files, each there in full or not at all, and read only as far as they may be long.

mod error;
mod exchange;
mod path;
mod read;
mod temporary;
mod write;

pub use self::error::FileError;
pub(crate) use self::error::io_error;
pub(crate) use self::exchange::{exchange_folders, move_aside};
pub(crate) use self::path::{
    behind_links, by_lost_name, by_name, check_owner, check_owner_of_place, folder_of, sync_dir,
};
pub(crate) use self::read::open_lock;
pub use self::read::{read_capped, read_file_or_stdin, read_regular};
pub(crate) use self::temporary::{
    create_temporary, is_temporary, is_temporary_of, make_temporary, make_temporary_of,
};
pub use self::write::write_atomic;
pub(crate) use self::write::{share, write_atomic_by, write_new_by, write_shared};
