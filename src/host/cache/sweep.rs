//! Keeps the cache small: what is old goes, and the oldest of what is too much.
//!
//! To look at every entry at every run would cost more than it saves. A file grows by a byte for every 64 KiB that were
//! written; only when it is long, or a day old, are the entries looked at.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How the names of files begin that are being written.
pub const UNFINISHED: &str = ".unfinished-";
/// The file that grows.
const LEDGER: &str = "written";
const PIECE: u64 = 64 << 10;
/// Pieces that are written until entries are looked at.
const PIECES: u64 = 512;
/// Bytes that are left of all entries; with those that come until the next time it stays under 256 MiB.
const KEPT: u64 = 192 << 20;
const DAY: Duration = Duration::from_secs(86_400);

/// How old an entry gets.
const OLDEST: Duration = Duration::from_secs(30 * 86_400);
/// A file that is not finished by then never will be.
const UNFINISHED_FOR: Duration = Duration::from_secs(3_600);

/// Counts what a process wrote to the folder of its version, and sweeps all versions when it is time.
pub fn after(folder: &Path, place: &Path, written: u64) {
    #[expect(clippy::disallowed_methods, reason = "entries get old by the clock")]
    let now = SystemTime::now();
    let ledger = place.join(LEDGER);
    let metadata = ledger.symlink_metadata().ok();
    let pieces = written.div_ceil(PIECE);
    let is_due = match &metadata {
        Some(metadata) if !metadata.is_file() => return,
        Some(metadata) => metadata.len() + pieces > PIECES || age(metadata, now) > DAY,
        None => true,
    };
    if is_due {
        sweep(folder, KEPT, now);
        // Made anew, so that its time is that of the sweep.
        drop(fs::remove_file(&ledger));
    }
    let pieces = vec![b'.'; usize::try_from(pieces.min(PIECES)).unwrap_or_default()];
    let file = File::options().create(true).append(true).open(ledger);
    drop(file.and_then(|mut file| file.write_all(&pieces)));
}

/// Removes what is old, and then the oldest, until what is left has at most so many bytes.
pub fn sweep(folder: &Path, kept: u64, now: SystemTime) {
    let mut left = Vec::new();
    let versions = entries(folder);
    for version in &versions {
        for path in entries(version) {
            let Ok(metadata) = path.symlink_metadata() else { continue };
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let age = age(&metadata, now);
            let is_entry = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_unfinished = name.starts_with(UNFINISHED);
            if !metadata.is_file() || !(is_entry || is_unfinished) {
                continue;
            }
            if age > OLDEST || is_unfinished && age > UNFINISHED_FOR {
                drop(fs::remove_file(path));
            } else {
                left.push((age, taken(metadata.len()), path));
            }
        }
    }
    left.sort();
    let mut size = 0;
    for (_, length, path) in left {
        size += length;
        if size > kept {
            drop(fs::remove_file(path));
        }
    }
    // Those that are empty.
    versions.iter().for_each(|version| drop(fs::remove_dir(version)));
}

/// Bytes that a file takes: most entries are smaller than the pieces that disks give out.
pub fn taken(length: u64) -> u64 {
    length.next_multiple_of(4096)
}

/// What lies in a folder; a link is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    if !folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Vec::new();
    }
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// How old a file is. One from the future may be of any age.
fn age(metadata: &fs::Metadata, now: SystemTime) -> Duration {
    metadata.modified().ok().and_then(|time| now.duration_since(time).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with entries of a version: how old each is, and its size.
    fn folder(entries: &[(Duration, usize)], now: SystemTime) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = folder.path().join("1.0.0");
        fs::create_dir(&place).expect("it is writable");
        for (number, (age, size)) in entries.iter().enumerate() {
            let path = place.join(format!("{number:064x}"));
            fs::write(&path, vec![0; *size]).expect("it is writable");
            let file = File::options().write(true).open(path).expect("it is there");
            file.set_modified(now - *age).expect("times can be set");
        }
        folder
    }

    fn left(folder: &Path) -> Vec<usize> {
        let mut left: Vec<usize> = entries(&folder.join("1.0.0"))
            .iter()
            .filter_map(|path| usize::from_str_radix(&path.file_name()?.to_string_lossy(), 16).ok())
            .collect();
        left.sort_unstable();
        left
    }

    #[test]
    fn what_is_old_goes_and_then_the_oldest_of_too_much() {
        let now = SystemTime::UNIX_EPOCH + 1_000 * DAY;
        let ages = [40, 31, 29, 20, 10, 1].map(|days| (days * DAY, 4000));
        let folder = folder(&ages, now);
        sweep(folder.path(), 1 << 20, now);
        assert_eq!(left(folder.path()), [2, 3, 4, 5]);
        sweep(folder.path(), 3 * 4096, now);
        assert_eq!(left(folder.path()), [3, 4, 5]);
        sweep(folder.path(), 0, now);
        assert!(left(folder.path()).is_empty() && !folder.path().join("1.0.0").exists());
    }

    #[test]
    fn what_is_none_of_ours_stays() {
        let now = SystemTime::UNIX_EPOCH + 1_000 * DAY;
        let folder = folder(&[], now);
        let place = folder.path().join("1.0.0");
        let names = ["notes.txt", "written", ".unfinished-a", &"f".repeat(64)];
        for name in names {
            fs::write(place.join(name), "x").expect("it is writable");
            let file = File::options().write(true).open(place.join(name)).expect("it is there");
            file.set_modified(now - 90 * DAY).expect("times can be set");
        }
        sweep(folder.path(), 0, now);
        let mut there: Vec<_> = entries(&place).iter().map(|path| path.file_name().map(ToOwned::to_owned)).collect();
        there.sort();
        assert_eq!(there, [Some("notes.txt".into()), Some("written".into())]);
    }

    #[test]
    fn entries_are_looked_at_once_much_was_written() {
        #[expect(clippy::disallowed_methods, reason = "entries get old by the clock")]
        let now = SystemTime::now();
        let folder = folder(&[(40 * DAY, 10)], now);
        let place = folder.path().join("1.0.0");
        fs::write(place.join(LEDGER), "").expect("it is writable");
        after(folder.path(), &place, PIECE);
        assert_eq!((left(folder.path()).len(), fs::read(place.join(LEDGER)).expect("it is there").len()), (1, 1));
        after(folder.path(), &place, PIECES * PIECE);
        assert!(left(folder.path()).is_empty(), "it is older than entries get");
    }
}
