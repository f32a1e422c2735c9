//! The page of `aiolift report`, in a browser.

#![expect(
    clippy::disallowed_methods,
    reason = "it makes a project, runs the program in it, and opens the page"
)]
#![expect(clippy::print_stdout, reason = "it says what it has measured")]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// How many files of the large project change.
const MANY: usize = 1000;

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
    fs::write(path, text).expect("it can be written");
}

/// A project in which many files change, some sites stay, and functions call each other.
fn project(root: &Path) {
    write(
        root,
        "pyproject.toml",
        "[project]\nname = \"app\"\nrequires-python = \">=3.12\"\ndependencies = [\"requests\", \"httpx\"]\n",
    );
    for number in 0..MANY {
        let call = match number % 3 {
            0 => {
                "    a, b = await asyncio.gather(one(), two(\"</script><b>&amp;\"))\n    return a, b\n"
            }
            1 => "    item = await asyncio.wait_for(queue.get(), 1)\n    return item\n",
            _ => {
                "    await asyncio.wait_for(queue.get(), 2)\n    return [await asyncio.wait_for(queue.get(), 1) for _ in range(3)]\n"
            }
        };
        let text = format!(
            "import asyncio\n\n\nasync def one():\n    return 1\n\n\nasync def two(text):\n    return text\n\n\nasync def main_{number}(queue: asyncio.Queue):\n    # ü {number}\n{call}"
        );
        write(root, &format!("app/p{}/m{number}.py", number % 20), &text);
    }
    write(
        root,
        "app/api.py",
        "import requests\n\n\ndef fetch(url):\n    return requests.get(url).json()\n\n\ndef post(url):\n    return requests.post(url).json()\n",
    );
    write(
        root,
        "app/main.py",
        "from app.api import fetch, post\n\n\nclass Report:\n    def __init__(self, url):\n        self.rows = post(url)\n\n\ndef main():\n    print(fetch(\"https://example.org\"))\n\n\nif __name__ == \"__main__\":\n    main()\n",
    );
    write(root, "app/broken.py", "gather = (\n");
}

fn chromium() -> PathBuf {
    if let Some(path) = std::env::var_os("AIOLIFT_CHROMIUM") {
        return path.into();
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file())
        .expect("Chromium must be on PATH or named in AIOLIFT_CHROMIUM; on Debian: apt-get install chromium")
}

#[test]
fn it_is_read_filtered_and_walked_through_with_the_keyboard() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    project(folder.path());
    let start = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_aiolift"))
        .current_dir(folder.path())
        .args(["report", "--output", "out.html"])
        .output()
        .expect("the program can be started");
    let written = start.elapsed();
    let stderr = String::from_utf8_lossy(&output.stderr);
    // One file cannot be read.
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("1000 changed files written to out.html."),
        "{stderr}"
    );
    let page = folder.path().join("out.html");
    let text = fs::read_to_string(&page).expect("it was written");
    assert!(
        !text.contains("://") || !text.contains("src=\"http"),
        "it needs a network"
    );

    let python = std::env::var_os("AIOLIFT_PYTHON")
        .expect("AIOLIFT_PYTHON must name a Python; `./test` does");
    let shots = match std::env::var_os("AIOLIFT_SCREENSHOTS") {
        Some(folder) => PathBuf::from(folder),
        None => folder.path().to_owned(),
    };
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/page.py"))
        .arg(chromium())
        .arg(&page)
        .arg(shots.join("report"))
        .output()
        .expect("Python can be started");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{stdout}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let seen: Value = serde_json::from_str(&stdout).expect("it is JSON");
    println!("written in {written:?}, {} bytes, {seen}", text.len());
    assert_eq!(seen["files"], MANY);
    // What is out of sight is not drawn, so that a thousand files are as quick as ten.
    assert!(
        seen["drawn_at_first"]
            .as_u64()
            .is_some_and(|drawn| drawn < 60),
        "{seen}"
    );
    assert!(
        seen["open_seconds"].as_f64().is_some_and(|time| time < 5.0),
        "{seen}"
    );
    assert!(
        seen["filter_seconds"]
            .as_f64()
            .is_some_and(|time| time < 1.5),
        "{seen}"
    );
    for name in ["changes", "sites", "frontier"] {
        let size = fs::metadata(shots.join(format!("report-{name}.png"))).map_or(0, |it| it.len());
        assert!(size > 10_000, "the picture of {name} is empty");
    }
}
