use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};

struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn options(&self) -> WalkOptions {
        WalkOptions {
            exclude_base: self.path(""),
            jobs: 3,
            ..WalkOptions::default()
        }
    }

    fn scan(&self, paths: &[&str], options: &WalkOptions) -> Scan {
        let paths: Vec<_> = paths.iter().map(|name| self.path(name)).collect();
        scan(&paths, options, |_, bytes| {
            memchr::memmem::find(bytes, b"gather").is_some()
        })
        .unwrap()
    }

    fn names(&self, scan: &Scan) -> Vec<String> {
        let name = |candidate: &Candidate| {
            let path = candidate.path.strip_prefix(self.0.path()).unwrap();
            path.to_str().unwrap().to_owned()
        };
        scan.candidates.iter().map(name).collect()
    }
}

#[test]
fn only_files_that_match_are_kept_in_order() {
    let tree = Tree::new(&[
        ("z.py", "gather"),
        ("a/b.py", "xx gather"),
        ("a/c.py", "nothing"),
        ("a/empty.py", ""),
        ("a/d.pyw", "gather"),
        ("a/e.pyi", "gather"),
        ("a/f.txt", "gather"),
        ("a/.hidden.py", "gather"),
        (".ci/tool.py", "gather"),
    ]);
    let found = tree.scan(&[""], &tree.options());
    assert_eq!(
        tree.names(&found),
        [".ci/tool.py", "a/.hidden.py", "a/b.py", "a/d.pyw", "z.py"]
    );
    assert_eq!(found.files_seen, 7);
    assert_eq!(found.bytes_seen, 4 * 6 + 9 + 7);
    assert_eq!(found.candidates[2].bytes, b"xx gather");
    assert!(found.errors.is_empty());
}

#[test]
fn a_large_file_is_read_whole_and_a_small_one_after_it_too() {
    let large = format!("{}gather", "x".repeat(FIRST_BUFFER * 3));
    let tree = Tree::new(&[("a.py", &large), ("b.py", "gather"), ("c.py", "x")]);
    let options = WalkOptions {
        jobs: 1,
        ..tree.options()
    };
    let found = tree.scan(&[""], &options);
    assert_eq!(tree.names(&found), ["a.py", "b.py"]);
    assert_eq!(found.candidates[0].bytes, large.as_bytes());
    assert_eq!(found.candidates[1].bytes, b"gather");
}

#[test]
fn folders_without_sources_are_left_out_unless_given() {
    let tree = Tree::new(&[
        ("a.py", "gather"),
        (".venv/lib/a.py", "gather"),
        ("node_modules/x/a.py", "gather"),
        ("build/lib/a.py", "gather"),
        ("src/build/__init__.py", "gather"),
        ("lib/site-packages/x/a.py", "gather"),
        (".aiolift/a.py", "gather"),
        ("dist.py", "gather"),
    ]);
    let found = tree.scan(&[""], &tree.options());
    assert_eq!(
        tree.names(&found),
        ["a.py", "dist.py", "src/build/__init__.py"]
    );
    let found = tree.scan(&["lib/site-packages", ".venv/lib/a.py"], &tree.options());
    assert_eq!(
        tree.names(&found),
        [".venv/lib/a.py", "lib/site-packages/x/a.py"]
    );
}

#[test]
fn what_git_ignores_is_left_out_on_request() {
    let tree = Tree::new(&[
        (".git/HEAD", ""),
        (".gitignore", "/gen\n*_pb2.py\n"),
        ("a.py", "gather"),
        ("gen/a.py", "gather"),
        ("sub/gen/a.py", "gather"),
        ("sub/x_pb2.py", "gather"),
    ]);
    let found = tree.scan(&[""], &tree.options());
    assert_eq!(tree.names(&found), ["a.py", "sub/gen/a.py"]);
    let found = tree.scan(&["sub", "gen/a.py"], &tree.options());
    assert_eq!(tree.names(&found), ["gen/a.py", "sub/gen/a.py"]);
    let options = WalkOptions {
        respect_gitignore: false,
        ..tree.options()
    };
    assert_eq!(tree.scan(&[""], &options).candidates.len(), 4);
}

#[test]
fn patterns_leave_out_files_and_folders() {
    let tree = Tree::new(&[
        ("a.py", "gather"),
        ("tests/data/a.py", "gather"),
        ("src/tests/data/a.py", "gather"),
        ("src/old_a.py", "gather"),
    ]);
    let options = WalkOptions {
        exclude: vec!["/tests/data".to_owned(), "old_*.py".to_owned()],
        ..tree.options()
    };
    let found = tree.scan(&[""], &options);
    assert_eq!(tree.names(&found), ["a.py", "src/tests/data/a.py"]);
    let found = tree.scan(&["src/../tests", "src/old_a.py"], &options);
    assert_eq!(found.candidates.len(), 1);
    assert_eq!(found.candidates[0].path, tree.path("src/old_a.py"));
}

#[test]
fn a_bad_pattern_is_an_error() {
    let tree = Tree::new(&[]);
    let options = WalkOptions {
        exclude: vec!["a{b".to_owned()],
        ..tree.options()
    };
    let error = scan(&[tree.path("")], &options, |_, _| true).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`a{b` is not a valid `exclude` pattern")
    );
}

#[test]
fn each_file_is_found_once() {
    let tree = Tree::new(&[
        ("real.py", "gather"),
        ("folder/a.py", "gather"),
        ("elsewhere/b.py", "gather"),
    ]);
    fs::create_dir(tree.path("links")).unwrap();
    symlink("../real.py", tree.path("links/again.py")).unwrap();
    symlink("../elsewhere/b.py", tree.path("links/one.py")).unwrap();
    symlink("../elsewhere/b.py", tree.path("links/two.py")).unwrap();
    symlink("nowhere", tree.path("links/.#lock.py")).unwrap();
    symlink("../folder", tree.path("links/folder")).unwrap();
    let found = tree.scan(&["", "folder", "folder/a.py"], &tree.options());
    assert_eq!(
        tree.names(&found),
        ["elsewhere/b.py", "folder/a.py", "real.py"]
    );
    let found = tree.scan(&["links"], &tree.options());
    assert_eq!(tree.names(&found), ["links/again.py", "links/one.py"]);
    let found = tree.scan(&["links/again.py", "real.py"], &tree.options());
    assert_eq!(tree.names(&found), ["real.py"]);
}

#[test]
fn a_path_that_does_not_exist_is_an_error() {
    let tree = Tree::new(&[("a.py", "")]);
    let error = scan(
        &[tree.path("a.py"), tree.path("b.py")],
        &tree.options(),
        |_, _| true,
    )
    .unwrap_err();
    assert!(matches!(error, Error::PathNotFound(path) if path == tree.path("b.py")));
}

#[test]
fn a_folder_that_cannot_be_listed_is_an_error_beside_the_rest() {
    let tree = Tree::new(&[("a.py", "gather"), ("locked/b.py", "gather")]);
    let locked = tree.path("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o0)).unwrap();
    let readable = fs::read_dir(&locked).is_ok();
    let found = tree.scan(&[""], &tree.options());
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    if readable {
        // The superuser may read everything.
        assert_eq!(tree.names(&found), ["a.py", "locked/b.py"]);
    } else {
        assert_eq!(tree.names(&found), ["a.py"]);
        assert_eq!(found.errors.len(), 1);
        assert_eq!(found.errors[0].path, locked);
    }
}
