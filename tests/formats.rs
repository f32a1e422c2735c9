//! The output formats of `check` and `diff`: what others have published a schema for is validated
//! with it, the rest by what their documentation says.

#![expect(
    clippy::disallowed_methods,
    reason = "it makes a project and runs the program in it"
)]

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const FORMATS: [&str; 8] = [
    "text",
    "json",
    "json-lines",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "rdjson",
];

/// A change behind a letter of two bytes, one in another encoding, a change that needs consent,
/// sites that stay, one that a comment keeps, and two files that cannot be read.
const FILES: &[(&str, &[u8])] = &[
    (
        "pyproject.toml",
        b"[project]\nname = \"app\"\nrequires-python = \">=3.12\"\ndependencies = [\"requests\", \"httpx\"]\n",
    ),
    (
        "script.py",
        b"import requests\n\n\ndef fetch(url):\n    return requests.get(url).text\n\n\ndef main():\n    print(fetch(\"https://example.org\"))\n\n\nif __name__ == \"__main__\":\n    main()\n",
    ),
    (
        "a.py",
        b"import asyncio\n\n\nasync def main(queue: asyncio.Queue):\n    \"\xc3\xbc\"; return await asyncio.wait_for(queue.get(), 1)\n",
    ),
    (
        "latin.py",
        b"# coding: latin-1\r\nimport asyncio\r\n\r\n\r\nasync def main(queue: asyncio.Queue):\r\n    \"\xfc\"; return await asyncio.wait_for(queue.get(), 1)\r\n",
    ),
    (
        "pkg, more/b.py",
        b"import asyncio\n\n\nasync def main(queue: asyncio.Queue):\n    return [await asyncio.wait_for(queue.get(), 1) for _ in range(3)]\n",
    ),
    (
        "kept.py",
        b"import asyncio\n\n\nasync def main(queue: asyncio.Queue):\n    return await asyncio.wait_for(queue.get(), 1)  # aiolift: keep\n",
    ),
    (
        "twice.py",
        b"import asyncio\n\n\nasync def main(queue: asyncio.Queue):\n    await asyncio.wait_for(queue.get(), 1)\n    await asyncio.wait_for(queue.get(), 1)\n\n\nasync def both(one, two):\n    await asyncio.gather(one, two)\n",
    ),
    ("br<o>ken & \"so\".py", b"wait_for = (\n"),
    ("undecodable.py", b"wait_for = '\xff'\n"),
];

fn project() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, bytes) in FILES {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, bytes).expect("it can be written");
    }
    folder
}

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aiolift"))
        .current_dir(folder)
        .env_remove("GITHUB_STEP_SUMMARY")
        .args(args)
        .output()
        .expect("the program can be started")
}

fn printed(folder: &Path, verb: &str, format: &str) -> String {
    let output = run(folder, &[verb, "--quiet", "--output-format", format]);
    assert_eq!(output.status.code(), Some(1), "{verb} {format}");
    String::from_utf8(output.stdout).expect("it is UTF-8")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

/// Lets the published schema of a format judge a text.
fn validate(kind: &str, text: &str) {
    let file = tempfile::NamedTempFile::new().expect("a file can be made");
    fs::write(file.path(), text).expect("it can be written");
    let python = std::env::var_os("AIOLIFT_PYTHON_TOOLS").expect(
        "AIOLIFT_PYTHON_TOOLS must name a Python with jsonschema and xmlschema; `./test` prepares one",
    );
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/validate.py"))
        .arg(kind)
        .arg(file.path())
        .output()
        .expect("Python can be started");
    assert!(
        output.status.success(),
        "{}{}\n{text}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Every site that is not fine as it is, and every file that cannot be done.
fn open_findings(folder: &Path, verb: &str) -> usize {
    let document = json(&printed(folder, verb, "json"));
    let sites = document.get("sites").or(document.get("changes"));
    let sites = sites.and_then(Value::as_array).expect("it has sites");
    let open = sites
        .iter()
        .filter(|site| site["outcome"] != "kept")
        .count();
    open + document["errors"].as_array().map_or(0, Vec::len)
}

#[test]
fn every_format_ends_alike_and_can_go_to_a_file() {
    let folder = project();
    for verb in ["check", "diff"] {
        for format in FORMATS {
            let args = [verb, "--quiet", "--output-format", format];
            let output = run(folder.path(), &args);
            assert_eq!(output.status.code(), Some(1), "{args:?}");
            let clean = [&args[..], &["--select", "wait-for-to-timeout", "kept.py"]].concat();
            assert_eq!(
                run(folder.path(), &clean).status.code(),
                Some(0),
                "{clean:?}"
            );
            let file = folder.path().join("out");
            let to_file = [&args[..], &["--output-file", "out"]].concat();
            let silent = run(folder.path(), &to_file);
            assert!(silent.stdout.is_empty(), "{args:?}");
            let without_clock = |bytes: &[u8]| -> Vec<String> {
                let text = String::from_utf8_lossy(bytes);
                let lines = text.lines().filter(|line| !line.contains("\"seconds\""));
                lines.map(str::to_owned).collect()
            };
            assert_eq!(
                without_clock(&fs::read(&file).expect("it was written")),
                without_clock(&output.stdout),
                "{args:?}"
            );
            fs::remove_file(file).expect("it can be removed");
        }
    }
}

#[test]
fn json_lines_are_the_parts_of_the_document() {
    let folder = project();
    let document = json(&printed(folder.path(), "check", "json"));
    let lines: Vec<Value> = printed(folder.path(), "check", "json-lines")
        .lines()
        .map(json)
        .collect();
    for (kind, key) in [("site", "sites"), ("error", "errors"), ("note", "notes")] {
        let here: Vec<Value> = lines
            .iter()
            .filter(|line| line["kind"] == kind)
            .map(|line| {
                let mut line = line.clone();
                line.as_object_mut().and_then(|line| line.remove("kind"));
                line
            })
            .collect();
        assert_eq!(Value::Array(here), document[key]);
    }
    let last = lines.last().expect("there is one");
    assert_eq!(last["kind"], "summary");
    assert_eq!(last["sites"], document["summary"]["sites"]);
}

#[test]
fn github_gets_a_command_for_each_finding() {
    let folder = project();
    for verb in ["check", "diff"] {
        let text = printed(folder.path(), verb, "github");
        assert_eq!(text.lines().count(), open_findings(folder.path(), verb));
        for line in text.lines() {
            let rest = line
                .strip_prefix("::")
                .expect("a command begins with two colons");
            let (command, data) = rest.split_once("::").expect("a command has data");
            let (name, properties) = command.split_once(' ').expect("it has properties");
            assert!(["error", "notice"].contains(&name), "{line}");
            assert!(!data.is_empty());
            for property in properties.split(',') {
                let (key, value) = property.split_once('=').expect("it is a pair");
                let known = ["file", "line", "endLine", "col", "endColumn", "title"];
                assert!(known.contains(&key) && !value.is_empty(), "{line}");
            }
        }
    }
    let text = printed(folder.path(), "check", "github");
    assert!(
        text.contains("::error file=a.py,line=5,endLine=5,col=23,endColumn=55,title=wait-for-to-timeout changed::Replaces"),
        "{text}"
    );
    assert!(
        text.contains("::notice file=pkg%2C more/b.py,line=5,"),
        "{text}"
    );
}

#[test]
fn gitlab_gets_what_it_documents() {
    let folder = project();
    for verb in ["check", "diff"] {
        let document = json(&printed(folder.path(), verb, "gitlab"));
        let all = document.as_array().expect("it is an array");
        assert_eq!(all.len(), open_findings(folder.path(), verb));
        let mut fingerprints = BTreeSet::new();
        for one in all {
            for key in ["description", "check_name", "fingerprint", "severity"] {
                assert!(
                    one[key].as_str().is_some_and(|text| !text.is_empty()),
                    "{one}"
                );
            }
            assert!(fingerprints.insert(one["fingerprint"].to_string()), "{one}");
            let severities = ["info", "minor", "major", "critical", "blocker"];
            assert!(severities.contains(&one["severity"].as_str().unwrap_or_default()));
            let path = one["location"]["path"].as_str().expect("it has a path");
            assert!(!path.starts_with(['.', '/']), "{path}");
            assert!(
                one["location"]["lines"]["begin"]
                    .as_u64()
                    .is_some_and(|line| line > 0)
            );
        }
    }
}

#[test]
fn junit_is_valid() {
    let folder = project();
    for verb in ["check", "diff"] {
        validate("junit", &printed(folder.path(), verb, "junit"));
    }
    let nothing = run(
        folder.path(),
        &["check", "--quiet", "--output-format", "junit", "kept.py"],
    );
    validate("junit", &String::from_utf8_lossy(&nothing.stdout));
    let strict = run(
        folder.path(),
        &["check", "--quiet", "--strict", "--output-format", "junit"],
    );
    let strict = String::from_utf8_lossy(&strict.stdout).into_owned();
    validate("junit", &strict);
    assert!(strict.contains("skipped=\"0\""), "{strict}");
}

#[test]
fn rdjson_is_valid() {
    let folder = project();
    for verb in ["check", "diff"] {
        let text = printed(folder.path(), verb, "rdjson");
        validate("rdjson", &text);
        // The schema allows keys that it does not know.
        let document = json(&text);
        let all = document["diagnostics"]
            .as_array()
            .expect("it has diagnostics");
        assert_eq!(all.len(), open_findings(folder.path(), verb));
        for one in all {
            let known = ["message", "location", "severity", "code", "suggestions"];
            let keys = one.as_object().expect("it is an object").keys();
            assert!(
                keys.map(String::as_str).all(|key| known.contains(&key)),
                "{one}"
            );
            assert!(one["message"].is_string() && one["location"]["path"].is_string());
        }
        let a = all.iter().find(|one| one["location"]["path"] == "a.py");
        let suggestion = &a.expect("it has a site")["suggestions"][0];
        let place = |line| serde_json::json!({"line": line, "column": 1});
        assert_eq!(suggestion["range"]["start"], place(5));
        assert_eq!(suggestion["range"]["end"], place(6));
        let lines =
            "    \"ü\"\n    async with asyncio.timeout(1):\n        return await queue.get()\n";
        assert_eq!(suggestion["text"], lines);
    }
}

#[test]
fn two_sites_with_the_same_text_have_their_own_fingerprints() {
    let folder = project();
    let document = json(&printed(folder.path(), "check", "json"));
    let twice: Vec<&str> = document["sites"]
        .as_array()
        .expect("it has sites")
        .iter()
        .filter(|site| site["path"] == "twice.py" && site["transform"] == "wait-for-to-timeout")
        .filter_map(|site| site["fingerprint"].as_str())
        .collect();
    let [first, second] = twice[..] else {
        panic!("{twice:?}")
    };
    assert_eq!(first.strip_suffix(":1"), second.strip_suffix(":2"));
    // Lines above it move the site, and nothing else.
    let path = folder.path().join("twice.py");
    let text = fs::read_to_string(&path).expect("it can be read");
    fs::write(&path, format!("# moved\n\n{text}")).expect("it can be written");
    let moved = printed(folder.path(), "check", "json");
    assert!(moved.contains(first) && moved.contains(second), "{moved}");
}

#[test]
fn sarif_is_valid() {
    let folder = project();
    for verb in ["check", "diff"] {
        validate("sarif", &printed(folder.path(), verb, "sarif"));
    }
    let absolute = folder.path().join("a.py");
    let absolute = absolute.to_str().expect("it is UTF-8");
    let output = run(
        folder.path(),
        &["check", "--quiet", "--output-format", "sarif", absolute],
    );
    validate("sarif", &String::from_utf8_lossy(&output.stdout));
}

#[test]
fn sarif_has_every_site_with_its_fingerprint() {
    let folder = project();
    let sarif = json(&printed(folder.path(), "check", "sarif"));
    let results = sarif["runs"][0]["results"]
        .as_array()
        .expect("it has results");
    let document = json(&printed(folder.path(), "check", "json"));
    let sites = document["sites"].as_array().expect("it has sites");
    assert_eq!(results.len(), sites.len());
    for (result, site) in results.iter().zip(sites) {
        assert_eq!(result["ruleId"], site["transform"]);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        for (key, other) in [
            ("startLine", "line"),
            ("startColumn", "column"),
            ("endLine", "end_line"),
            ("endColumn", "end_column"),
        ] {
            assert_eq!(region[key], site[other], "{site}");
        }
        let prints = &result["partialFingerprints"];
        assert_eq!(prints["aiolift/v1"], site["fingerprint"]);
        assert_eq!(
            result["fixes"].is_array(),
            site["outcome"] == "changed",
            "{site}"
        );
    }
    let suppressed = results
        .iter()
        .filter(|result| result["suppressions"].is_array());
    assert_eq!(suppressed.count(), 1);
}

/// The text of a file with replacements of whole lines.
fn replaced(text: &str, replacements: &[Value]) -> String {
    // Every line break is one for SARIF, too; none of the files has a lone `\r`.
    let starts: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    let offset = |region: &Value, line: &str, column: &str| {
        let number = |key| region[key].as_u64().and_then(|it| usize::try_from(it).ok());
        let start = starts[number(line).expect("a line") - 1];
        let letters = text[start..]
            .chars()
            .take(number(column).expect("a column") - 1);
        start + letters.map(char::len_utf8).sum::<usize>()
    };
    let mut text = text.to_owned();
    for one in replacements.iter().rev() {
        let region = &one["deletedRegion"];
        let start = offset(region, "startLine", "startColumn");
        let end = offset(region, "endLine", "endColumn");
        let inserted = one["insertedContent"]["text"]
            .as_str()
            .expect("it has a text");
        text.replace_range(start..end, inserted);
    }
    text
}

/// The text of a file, with the line endings that it has.
fn text_of(folder: &Path, name: &str) -> String {
    let bytes = fs::read(folder.join(name)).expect("it can be read");
    match name {
        "latin.py" => bytes.into_iter().map(char::from).collect(),
        _ => String::from_utf8(bytes).expect("it is UTF-8"),
    }
}

#[test]
fn a_fix_is_what_run_only_writes() {
    let folder = project();
    let sarif = json(&printed(folder.path(), "diff", "sarif"));
    let results = sarif["runs"][0]["results"]
        .as_array()
        .expect("it has results");
    let mut decisions = BTreeSet::new();
    for result in results {
        decisions.insert(result["properties"]["decision"].as_u64());
        let place = &result["locations"][0]["physicalLocation"];
        let line = &place["region"]["startLine"];
        let name = place["artifactLocation"]["uri"]
            .as_str()
            .expect("it has a URI");
        let other = project();
        let place = format!("{name}:{line}");
        let output = run(other.path(), &["run", "--quiet", "--only", &place]);
        // The files that cannot be read are named, and are no reason to stop.
        assert_eq!(output.status.code(), Some(1), "{place}");
        let mut written = 0;
        for change in result["fixes"][0]["artifactChanges"]
            .as_array()
            .expect("it has changes")
        {
            let name = change["artifactLocation"]["uri"]
                .as_str()
                .expect("it has a URI");
            let replacements = change["replacements"].as_array().expect("it has some");
            let fixed = replaced(&text_of(folder.path(), name), replacements);
            assert_eq!(fixed, text_of(other.path(), name), "{place}");
            written += 1;
        }
        let changed = FILES.iter().filter(|(name, bytes)| {
            fs::read(other.path().join(name)).expect("it can be read") != *bytes
        });
        assert_eq!(changed.count(), written, "{place}");
    }
    // One function is one decision with its caller and the request in it.
    assert!(results.len() > decisions.len(), "{results:?}");
    assert!(decisions.len() > 4, "{decisions:?}");
}

/// A file with more decisions than can each be tried for itself: alike and different, with imports
/// and helpers that some of them share, with an import that only the last of them would take away.
fn crowded() -> String {
    let kinds = [
        "async def f@(queue: asyncio.Queue):\n    return await asyncio.wait_for(queue.get(), @)\n",
        "async def f@(queue: asyncio.Queue):\n    return await wait_for(queue.get(), @)\n",
        "class C@:\n    async def get(self, queue: asyncio.Queue):\n        \"\"\"One.\"\"\"\n        return await wait_for(queue.get(), 1)\n",
        "async def f@():\n    try:\n        return await asyncio.gather(one(@), one(0))\n    except ValueError:\n        return None\n",
        "async def f@():\n    return await asyncio.gather(one(@), one(0), return_exceptions=True)\n",
        "async def f@(queue: asyncio.Queue):\n    first = await asyncio.wait_for(queue.get(), 1)\n    second = await asyncio.wait_for(queue.get(), 2)\n    return first, second\n",
        "async def f@():\n    return functools.reduce(max, await run_once(functools.partial(one, @)))\n",
    ];
    let mut text = "import asyncio\nimport functools\nfrom asyncio import wait_for\n\n\nasync def one(number):\n    return number\n\n\nasync def run_once(job):\n    return await asyncio.get_event_loop().run_in_executor(None, functools.partial(sorted, [1, 2], reverse=True))\n".to_owned();
    for number in 0..140 {
        let part = kinds[number % kinds.len()].replace('@', &number.to_string());
        text.push_str(&format!("\n\n{part}"));
    }
    text
}

#[test]
fn every_site_of_a_crowded_file_has_its_fix() {
    let before = crowded();
    let make = || {
        let folder = TempDir::new().expect("a folder can be made");
        let settings = "[project]\nrequires-python = \">=3.12\"\n";
        fs::write(folder.path().join("pyproject.toml"), settings).expect("it can be written");
        fs::write(folder.path().join("a.py"), &before).expect("it can be written");
        folder
    };
    let folder = make();
    let sarif = json(&printed(folder.path(), "diff", "sarif"));
    let results = sarif["runs"][0]["results"]
        .as_array()
        .expect("it has results");
    assert_eq!(results.len(), 141);
    for (at, result) in results.iter().enumerate() {
        let line = &result["locations"][0]["physicalLocation"]["region"]["startLine"];
        let place = format!("a.py:{line}");
        let changes = result["fixes"][0]["artifactChanges"].as_array();
        let changes = changes.expect("it has a fix");
        let replacements = changes[0]["replacements"].as_array().expect("it has some");
        let fixed = replaced(&before, replacements);
        // Each kind is there twice among these.
        if (0..8).contains(&at) || (100..108).contains(&at) {
            let other = make();
            let output = run(other.path(), &["run", "--quiet", "--only", &place]);
            assert_eq!(output.status.code(), Some(0), "{place}");
            assert_eq!(fixed, text_of(other.path(), "a.py"), "{place}");
        }
    }
}

#[test]
fn only_says_what_it_does_not_find() {
    let folder = project();
    for (place, words) in [
        ("a.py", "write FILE:LINE"),
        ("a.py:1", "the nearest in that file: line 5"),
        ("nowhere.py:1", "nor in the rest of that file"),
    ] {
        let output = run(folder.path(), &["run", "--only", place]);
        assert_eq!(output.status.code(), Some(2), "{place}");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(stderr.contains(words), "{stderr}");
    }
    let refused = run(
        folder.path(),
        &["diff", "--only", "pkg, more/b.py:5:18", "pkg, more"],
    );
    assert_eq!(refused.status.code(), Some(0));
    assert!(refused.stdout.is_empty());
    let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        stderr.contains("wait-for-to-timeout is refused: "),
        "{stderr}"
    );
}
