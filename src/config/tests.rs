//! Tests of settings files.

use super::*;

const KNOWN: [&str; 3] = [
    "gather-to-taskgroup",
    "wait-for-to-timeout",
    "requests-to-httpx",
];

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(Path::new("aiolift.toml"), text, &KNOWN)
        .map(|config| config.expect("the file is ours"))
        .map_err(|error| error.to_string())
}

#[test]
fn every_setting_is_read() {
    let config = parse(
        r#"
select = ["gather-to-taskgroup"]
skip = ["wait-for-to-timeout"]
pipeline = ["wait-for-to-timeout", "gather-to-taskgroup"]
unsafe = ["requests-to-httpx"]
target-version = "py312"
exclude = ["gen", "*_pb2.py"]
respect-gitignore = false
exceptions = "unwrap"
firewall = "log"
http-package = "httpx2"
http-client-scope = "call"
assume-coroutines = true
asyncify = true
keep-sync = true
add-dependency = false
public-api = ["app.api:fetch"]
entry-points = ["app.cli:main"]
python-environment = "env"
jobs = 4

[[rename]]
from = "old.f"
to = "new.g"

[[step]]
name = "python:tools.steps:Rename"
mentions = ["old"]
grade = "unsafe"
arguments = { word = "a\"b", often = 3, more = [true, 1.5] }
timeout = 5
"#,
    )
    .unwrap();
    let expected = Config {
        path: PathBuf::from("aiolift.toml"),
        select: vec!["gather-to-taskgroup".into()],
        skip: vec!["wait-for-to-timeout".into()],
        pipeline: Some(vec![
            "wait-for-to-timeout".into(),
            "gather-to-taskgroup".into(),
        ]),
        consent: Consent::Of(vec!["requests-to-httpx".into()]),
        target_version: TargetVersion::parse("py312"),
        exclude: vec!["gen".into(), "*_pb2.py".into()],
        respect_gitignore: Some(false),
        exceptions: Some(Exceptions::Unwrap),
        firewall: Some(Firewall::Log),
        http_package: Some(HttpPackage::Httpx2),
        http_client_scope: Some(ClientScope::Call),
        assume_coroutines: Some(true),
        asyncify: Some(true),
        keep_sync: Some(true),
        add_dependency: Some(false),
        public_api: vec!["app.api:fetch".into()],
        entry_points: vec!["app.cli:main".into()],
        python_environment: Some(PythonEnvironment::At("env".into())),
        jobs: Some(4),
        renames: vec![RenameSettings {
            from: "old.f".into(),
            to: "new.g".into(),
        }],
        steps: vec![StepSettings {
            name: "python:tools.steps:Rename".into(),
            mentions: Some(vec!["old".into()]),
            grade: Some("unsafe"),
            arguments: config.steps[0].arguments.clone(),
            timeout: Some(std::time::Duration::from_secs(5)),
        }],
    };
    let arguments = config.steps[0].arguments.as_deref().unwrap_or_default();
    let arguments: serde_json::Value = serde_json::from_str(arguments).unwrap();
    assert_eq!(
        arguments,
        serde_json::json!({"word": "a\"b", "often": 3, "more": [true, 1.5]})
    );
    assert_eq!(config, expected);
    assert_eq!(parse("unsafe = true").unwrap().consent, Consent::All);
    assert_eq!(parse("unsafe = false").unwrap().consent, Consent::None);
    let empty = Config {
        path: PathBuf::from("aiolift.toml"),
        ..Config::default()
    };
    assert_eq!(parse(""), Ok(empty));
}

#[test]
fn a_pyproject_may_say_nothing() {
    let path = Path::new("x/pyproject.toml");
    let parse = |text| Config::parse(path, text, &KNOWN);
    assert_eq!(parse("[project]\nname = 'x'\n"), Ok(None));
    let config = parse("[tool.aiolift]\njobs = 2\n[tool.other]\nodd = 1\n");
    assert_eq!(config.unwrap().unwrap().jobs, Some(2));
    let error = parse("[tool]\naiolift = 1\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`x/pyproject.toml`, line 2: `aiolift` must be a table; write `[tool.aiolift]`"
    );
}

#[test]
fn mistakes_are_named_with_their_line() {
    for (text, expected) in [
        (
            "jobs = 1\nselct = []\n",
            "line 2: `selct` is not a setting of `aiolift`; did you mean `select`?",
        ),
        (
            "\ntarget_version = 'py311'\n",
            "line 2: `target_version` is not a setting of `aiolift`; did you mean `target-version`?",
        ),
        (
            "zzzzzz = 1",
            "line 1: `zzzzzz` is not a setting of `aiolift`; use one of `add-dependency`, `assume-coroutines`, `asyncify`, `entry-points`, `exceptions`, `exclude`, `firewall`, `http-client-scope`, `http-package`, `jobs`, `keep-sync`, `pipeline`, `public-api`, `python-environment`, `rename`, `respect-gitignore`, `select`, `skip`, `step`, `target-version`, `unsafe`",
        ),
        (
            "select = [\n  'gather-to-taskgroup',\n  'gather-to-task-group',\n]",
            "line 3: `gather-to-task-group` is not a transform; did you mean `gather-to-taskgroup`?",
        ),
        (
            "skip = ['yes']",
            "line 1: `yes` is not a transform; see `aiolift list`",
        ),
        ("skip = 'a'", "line 1: `skip` must be a list of transforms"),
        (
            "unsafe = 1",
            "line 1: `unsafe` must be `true` or a list of transforms",
        ),
        (
            "exceptions = 'unrap'",
            "line 1: `unrap` is not a value of `exceptions`; did you mean `unwrap`?",
        ),
        (
            "exceptions = 1",
            "line 1: `exceptions` must be one of `\"auto\"`, `\"unwrap\"`, `\"group\"`",
        ),
        (
            "target-version = 'py38'",
            "line 1: `py38` is not a value of `target-version`; did you mean `py39`?",
        ),
        (
            "python-environment = ''",
            "line 1: `python-environment` must be a path or `\"none\"`",
        ),
        ("jobs = 0", "line 1: `jobs` must be a whole number above 0"),
        (
            "respect-gitignore = 'no'",
            "line 1: `respect-gitignore` must be `true` or `false`",
        ),
        (
            "exclude = [1]",
            "line 1: `exclude` must be a list of patterns",
        ),
    ] {
        assert_eq!(parse(text), Err(format!("`aiolift.toml`, {expected}")));
    }
    let error = parse("jobs = 1\n= 2\n").unwrap_err();
    assert!(error.starts_with("`aiolift.toml`, line 2: "), "{error}");
    assert!(error.ends_with("; correct the TOML syntax"), "{error}");
}

#[test]
fn the_closest_name_is_close() {
    assert_eq!(closest("seelct", KEYS), Some("select"));
    assert_eq!(closest("jbos", KEYS), Some("jobs"));
    assert_eq!(closest("ignore", KEYS), None);
    assert_eq!(distance("kitten", "sitting"), 3);
    assert_eq!(distance("", "abc"), 3);
}
