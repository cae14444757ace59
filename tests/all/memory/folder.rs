//! Whatever the folder of the cache is, or holds: the answer is the one without it.

use super::*;

/// What is wrong with a cache, done to its folder when an entry lies in it; `false` where this system cannot do it.
type Trouble = (&'static str, fn(&Path) -> bool);

const TROUBLES: [Trouble; 14] = [
    ("it is gone", |folder| fs::remove_dir_all(folder).is_ok()),
    ("it is a file", |folder| fs::remove_dir_all(folder).is_ok() && fs::write(folder, "x").is_ok()),
    ("that of the version is a file", |folder| {
        let version = folder.join(env!("CARGO_PKG_VERSION"));
        fs::remove_dir_all(&version).is_ok() && fs::write(version, "x").is_ok()
    }),
    ("it is a link to where entries are", |folder| {
        let away = folder.with_file_name("away");
        fs::rename(folder, &away).is_ok() && link(&away, folder)
    }),
    ("that of the version is a link to where entries are", |folder| {
        let version = folder.join(env!("CARGO_PKG_VERSION"));
        let away = folder.with_file_name("away");
        fs::rename(&version, &away).is_ok() && link(&away, &version)
    }),
    ("others can write it", |folder| mode(folder, 0o777)),
    ("others can read the entries", |folder| mode(&folder.join(env!("CARGO_PKG_VERSION")), 0o755)),
    ("it is somebody else's", |folder| give_away(folder)),
    ("the entries are somebody else's", |folder| give_away(&folder.join(env!("CARGO_PKG_VERSION")))),
    ("its entries are cut", |folder| each(folder, |entry| entry.truncate(entry.len() / 2))),
    ("its entries are empty", |folder| each(folder, Vec::clear)),
    ("its entries are rubbish", |folder| each(folder, |entry| entry.iter_mut().for_each(|byte| *byte = !*byte))),
    ("its entries are of a newer kbc", |folder| each(folder, |entry| entry[7] = b'2')),
    ("its entries are folders", |folder| {
        entries(folder).iter().all(|path| fs::remove_file(path).is_ok() && fs::create_dir(path).is_ok())
    }),
];

#[cfg(unix)]
fn link(to: &Path, from: &Path) -> bool {
    std::os::unix::fs::symlink(to, from).is_ok()
}

#[cfg(unix)]
fn mode(folder: &Path, mode: u32) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).is_ok()
}

/// Only who may do everything can.
#[cfg(unix)]
fn give_away(folder: &Path) -> bool {
    std::os::unix::fs::chown(folder, Some(4242), None).is_ok()
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn mode(_: &Path, _: u32) -> bool {
    false
}

#[cfg(not(unix))]
fn give_away(_: &Path) -> bool {
    false
}

fn each(folder: &Path, change: fn(&mut Vec<u8>)) -> bool {
    let paths = entries(folder);
    for path in &paths {
        let mut entry = fs::read(path).expect("it is there");
        change(&mut entry);
        fs::write(path, entry).expect("it is writable");
    }
    !paths.is_empty()
}

#[test]
fn a_cache_in_trouble_is_none() {
    let root = on_disk(&knowledge());
    let expected = check(&disk(root.path()));
    for (name, trouble) in TROUBLES {
        let (_place, folder, memory) = cache(root.path());
        assert_eq!(remembered(&disk(root.path()), &memory), expected, "{name}");
        assert_eq!(entries(&folder).len(), 1, "{name}");
        if trouble(&folder) {
            let memory = cache::in_folder(&folder, root.path());
            assert_eq!(recalled(&disk(root.path()), &memory), None, "{name}");
            assert_eq!(remembered(&disk(root.path()), &memory), expected, "{name}");
        }
    }
}

/// What a run trusted when it began it trusts until it ends.
#[test]
fn trouble_in_the_middle_of_a_run_changes_nothing() {
    let mut changed = knowledge();
    edit(&mut changed, "papers/retries.md", "herd", "crowd");
    let root = on_disk(&knowledge());
    let expected = check(&disk(root.path()));
    let told = check(&world(&changed));
    for (name, trouble) in TROUBLES {
        let (_place, folder, memory) = cache(root.path());
        assert_eq!(remembered(&disk(root.path()), &memory), expected, "{name}");
        trouble(&folder);
        assert_eq!(remembered(&disk(root.path()), &memory), expected, "{name}");
        assert_eq!(remembered(&world(&changed), &memory), told, "{name}");
    }
}

#[test]
fn rubbish_beside_the_entries_is_left_alone() {
    let root = on_disk(&knowledge());
    let (_place, folder, memory) = cache(root.path());
    let first = remembered(&disk(root.path()), &memory);
    let version = folder.join(env!("CARGO_PKG_VERSION"));
    for name in ["notes.txt", ".unfinished-x", &"0".repeat(64), &"z".repeat(64)] {
        fs::write(version.join(name), "rubbish").expect("it is writable");
    }
    put(&folder, "9.9.9/readme", "of a newer kbc");
    assert_eq!(recalled(&disk(root.path()), &memory), Some(first));
    drop(memory);
    assert!(version.join("notes.txt").exists() && folder.join("9.9.9/readme").exists());
}

#[cfg(unix)]
#[test]
fn the_cache_is_the_user_s_alone_and_says_what_it_is() {
    use std::os::unix::fs::PermissionsExt;
    let root = on_disk(&knowledge());
    let (_place, folder, memory) = cache(root.path());
    assert!(!folder.exists(), "nothing is made before something is kept");
    remembered(&disk(root.path()), &memory);
    for path in [folder.clone(), folder.join(env!("CARGO_PKG_VERSION"))] {
        assert_eq!(fs::metadata(&path).expect("it was made").permissions().mode() & 0o777, 0o700);
    }
    let tag = fs::read_to_string(folder.join("CACHEDIR.TAG")).expect("it was made");
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55"), "{tag}");
}

/// Whoever could bring entries along with a clone could make kbc call it clean.
#[test]
fn a_cache_in_the_project_is_never_read() {
    let clean = knowledge();
    let root = on_disk(&clean);
    let (place, folder, memory) = cache(root.path());
    remembered(&disk(root.path()), &memory);
    let inside = root.path().join(".cache/kbc");
    fs::create_dir_all(root.path().join(".cache")).expect("it is writable");
    fs::rename(&folder, &inside).expect("both are temporary folders");
    for forged in
        [inside.clone(), root.path().join("gone/kbc"), root.path().to_path_buf(), place.path().join("x/../kbc")]
    {
        assert!(cache::in_folder(&forged, root.path()).is_none(), "{}", forged.display());
    }
    assert!(cache::in_folder(Path::new(".cache/kbc"), root.path()).is_none(), "seen from who knows where");
    assert!(!cache::in_folder(&folder, root.path()).is_none());
    // The project may be a part of a repository.
    let repository = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir_all(repository.path().join(".git")).expect("it is writable");
    fs::create_dir_all(repository.path().join("knowledge")).expect("it is writable");
    let beside = repository.path().join("cache");
    assert!(cache::in_folder(&beside, &repository.path().join("knowledge")).is_none());
    #[cfg(unix)]
    {
        assert!(link(&inside, &place.path().join("linked")));
        assert!(cache::in_folder(&place.path().join("linked"), root.path()).is_none());
        assert!(cache::in_folder(&place.path().join("linked/deep/er"), root.path()).is_none());
    }
}

#[test]
fn two_at_once_do_not_disturb_each_other() {
    let root = on_disk(&knowledge());
    let expected = check(&disk(root.path()));
    let (_place, folder, _) = cache(root.path());
    let run = || {
        let memory = cache::in_folder(&folder, root.path());
        (0..4).map(|_| remembered(&disk(root.path()), &memory)).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let threads = [0, 1, 2].map(|_| scope.spawn(run));
        for told in threads.into_iter().flat_map(|thread| thread.join().expect("no thread panics")) {
            assert_eq!(told, expected);
        }
    });
    assert_eq!(entries(&folder).len(), 1);
}
