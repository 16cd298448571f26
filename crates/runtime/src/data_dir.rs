//! The data folder of this machine's cell.

use std::io;
use std::path::Path;

/// The file that holds the cell's name.
const NAME_FILE: &str = "cell";

/// The name of the cell that a data folder is: given to it when it is first used, and the same for all who share it from then on. 16
/// letters and digits.
///
/// # Errors
/// The folder cannot be written, or read.
pub fn cell_name(data_dir: &Path) -> io::Result<String> {
    let path = data_dir.join(NAME_FILE);
    match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        read => return read.map(|name| name.trim().to_owned()),
    }
    std::fs::create_dir_all(data_dir)?;
    let name = format!("{:016x}", rand::random::<u64>());
    // Whole when it appears, and of two who are first only one gives the name.
    let beside = data_dir.join(format!(".{NAME_FILE}.{name}"));
    std::fs::write(&beside, &name)?;
    let given = std::fs::hard_link(&beside, &path);
    std::fs::remove_file(&beside)?;
    match given {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => std::fs::read_to_string(&path).map(|name| name.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_who_share_a_folder_call_it_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("data");
        let together = || -> Vec<String> {
            std::thread::scope(|scope| {
                let names = [(); 8].map(|()| scope.spawn(|| cell_name(&data_dir).unwrap()));
                names.into_iter().map(|name| name.join().unwrap()).collect()
            })
        };
        let names = together();
        assert!(names.iter().all(|name| *name == names[0] && name.len() == 16), "{names:?}");
        assert_eq!(together(), names, "also later");
        assert_ne!(cell_name(&folder.path().join("another")).unwrap(), names[0]);
        assert_eq!(std::fs::read_dir(&data_dir).unwrap().count(), 1, "nothing is left beside it");
    }
}
