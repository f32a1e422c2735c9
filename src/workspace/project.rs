//! Where a project begins.

use std::path::{Path, PathBuf};

/// What marks the root folder of a project.
const MARKERS: [&str; 4] = ["pyproject.toml", "setup.py", "setup.cfg", ".git"];

/// Returns the root of the project that `path` belongs to.
///
/// It is the nearest folder, from `path` itself upward, that holds a `pyproject.toml`, a
/// `setup.py`, a `setup.cfg` or a `.git`.
pub fn project_root(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    path.ancestors()
        .find(|folder| MARKERS.iter().any(|marker| folder.join(marker).exists()))
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_nearest_marker_wins() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("outer/inner/src")).unwrap();
        fs::create_dir(root.join("outer/.git")).unwrap();
        fs::write(root.join("outer/inner/setup.cfg"), "").unwrap();
        fs::write(root.join("outer/inner/src/a.py"), "").unwrap();
        let found = project_root(&root.join("outer/inner/src/a.py"));
        assert_eq!(found, Some(root.join("outer/inner")));
        assert_eq!(
            project_root(&root.join("outer/inner")),
            Some(root.join("outer/inner"))
        );
        assert_eq!(project_root(&root.join("outer")), Some(root.join("outer")));
    }
}
