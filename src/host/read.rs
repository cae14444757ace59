//! The one way in which kbc opens a file: without waiting for whoever holds the other end, only if it is a regular file, and
//! never more of it than is expected. A repository can hold pipes, links to devices and files without an end.

use std::fmt::{self, Display, Formatter};
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// The most bytes of settings of a program: of an agent, a server, a Python project.
pub const MAX_SETTINGS: u64 = 8 << 20;
/// The most bytes of what a person hands over: results of benchmarks, answers, a baseline, a prompt.
pub const MAX_HANDED: u64 = 256 << 20;

/// Why a file was not read.
#[derive(Debug)]
pub enum Unread {
    /// What it is instead.
    NotAFile(&'static str),
    TooLarge {
        size: u64,
        most: u64,
    },
    /// The first byte that begins no character.
    NotUtf8(usize),
    Failed(io::Error),
}

impl Unread {
    /// Is nothing there at all?
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Failed(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl Display for Unread {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFile(kind) => write!(f, "it is {kind}, not a file"),
            Self::TooLarge { size, most } => write!(f, "it has {}, at most {} are read", amount(*size), amount(*most)),
            Self::NotUtf8(at) => write!(f, "it is not UTF-8, from byte {at}"),
            Self::Failed(error) => Display::fmt(error, f),
        }
    }
}

impl std::error::Error for Unread {}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

/// A file to the byte.
///
/// # Errors
/// If it is not there, no regular file, has more than `most` bytes or cannot be read.
pub fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    let mut file = open(path)?;
    // Of the open file: what the name leads to may be another by now.
    let metadata = file.metadata()?;
    must_be_regular(&metadata)?;
    let size = metadata.len();
    if size > most {
        return Err(Unread::TooLarge { size, most });
    }
    // A file that grows is read as far as it went when it was opened. One that has no size and yet has bytes is a window into
    // the system (`/proc/self/environ`), not a file that somebody wrote.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.by_ref().take(size.max(1)).read_to_end(&mut bytes)?;
    if size == 0 && !bytes.is_empty() {
        return Err(Unread::NotAFile("a file of the system"));
    }
    Ok(bytes)
}

/// A file as text.
///
/// # Errors
/// As of [`bytes`], or if it is not UTF-8.
pub fn text(path: &Path, most: u64) -> Result<String, Unread> {
    String::from_utf8(bytes(path, most)?).map_err(|error| Unread::NotUtf8(error.utf8_error().valid_up_to()))
}

/// Is this a regular file, or a link to one, that can be read without an end coming into sight too late? What is not there
/// is no danger either.
///
/// # Errors
/// What it is instead.
pub fn must_be_harmless(path: &Path, most: u64) -> Result<(), Unread> {
    match path.metadata() {
        Ok(metadata) if metadata.len() > most => Err(Unread::TooLarge { size: metadata.len(), most }),
        Ok(metadata) if metadata.is_dir() => Ok(()),
        // It may be one of the system, which has no size and no end.
        Ok(metadata) if metadata.is_file() && metadata.len() == 0 => bytes(path, most).map(drop),
        Ok(metadata) => must_be_regular(&metadata),
        Err(_) => Ok(()),
    }
}

fn amount(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => format!("{:.1} KiB", bytes as f64 / f64::from(1 << 10)),
        _ => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
    }
}

fn open(path: &Path) -> Result<File, Unread> {
    // A device may do something as it is opened, so it is asked first; the open file is asked again.
    must_be_regular(&path.metadata()?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
    Ok(options.open(path)?)
}

/// # Errors
/// What it is, if it is no regular file.
pub fn must_be_regular(metadata: &Metadata) -> Result<(), Unread> {
    if metadata.is_file() { Ok(()) } else { Err(Unread::NotAFile(kind(metadata.file_type()))) }
}

/// What it is, if it is no regular file.
fn kind(kind: FileType) -> &'static str {
    if kind.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    "something else"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &Path) -> String {
        bytes(path, 4).map(|bytes| format!("{bytes:?}")).unwrap_or_else(|unread| unread.to_string())
    }

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a");
        std::fs::write(&path, "four").expect("it is writable");
        assert_eq!(text(&path, 4).expect("it has four bytes"), "four");
        assert_eq!(refusal(folder.path()), "it is a folder, not a file");
        assert!(bytes(&folder.path().join("b"), 4).is_err_and(|unread| unread.is_absent()));
        std::fs::write(&path, "five!").expect("it is writable");
        assert_eq!(refusal(&path), "it has 5 bytes, at most 4 bytes are read");
        std::fs::write(&path, [0x61, 0xff]).expect("it is writable");
        assert!(matches!(text(&path, 4), Err(Unread::NotUtf8(1))));
    }

    #[test]
    fn a_sparse_file_is_refused_by_its_size() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a");
        File::create(&path).and_then(|file| file.set_len(1 << 40)).expect("holes take no room");
        assert!(matches!(bytes(&path, MAX_HANDED), Err(Unread::TooLarge { size, .. }) if size == 1 << 40));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_but_files_is_opened() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let link = |name: &str, to: &str| {
            let path = folder.path().join(name);
            std::os::unix::fs::symlink(to, &path).expect("links can be made");
            path
        };
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there");
        assert!(made.success());
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("it can be bound");
        assert_eq!(refusal(&pipe), "it is a pipe, not a file");
        assert_eq!(refusal(&link("p", "pipe")), "it is a pipe, not a file");
        assert_eq!(refusal(&socket), "it is a socket, not a file");
        assert_eq!(refusal(&link("zero", "/dev/zero")), "it is a device, not a file");
        assert_eq!(refusal(&link("environ", "/proc/self/environ")), "it is a file of the system, not a file");
    }
}
