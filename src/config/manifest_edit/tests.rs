//! Manifests before and after.

use super::*;

const BESIDE: DependencyChange<'_> = DependencyChange {
    add: "httpx",
    versions: ">=0.28",
    beside: "requests",
    drop: false,
};
const INSTEAD: DependencyChange<'_> = DependencyChange {
    drop: true,
    ..BESIDE
};

fn edited(name: &str, text: &str, change: &DependencyChange<'_>) -> Result<Option<String>, String> {
    let windows = edit_manifest(Path::new(name), &text.replace('\n', "\r\n"), change);
    let plain = edit_manifest(Path::new(name), text, change);
    let expected = plain
        .clone()
        .map(|text| text.map(|text| text.replace('\n', "\r\n")));
    assert_eq!(windows, expected, "the line breaks make a difference");
    plain
}

fn check(name: &str, text: &str, beside: &str, instead: &str) {
    let new = edited(name, text, &BESIDE).map(|new| new.unwrap_or_else(|| text.to_owned()));
    assert_eq!(new.as_deref(), Ok(beside), "beside");
    let new = edited(name, text, &INSTEAD).map(|new| new.unwrap_or_else(|| text.to_owned()));
    assert_eq!(new.as_deref(), Ok(instead), "instead");
}

fn refuses(name: &str, text: &str, why: &str) {
    let error = edited(name, text, &INSTEAD).unwrap_err();
    assert!(error.contains(why), "{error}");
}

#[test]
fn a_list_over_lines() {
    check(
        "pyproject.toml",
        "[project]\nname = \"x\" # kept\ndependencies = [\n    \"attrs\",\n    # http\n    \"requests>=2.31\",  # for the API\n    \"rich\",\n]\n",
        "[project]\nname = \"x\" # kept\ndependencies = [\n    \"attrs\",\n    \"httpx>=0.28\",\n    # http\n    \"requests>=2.31\",  # for the API\n    \"rich\",\n]\n",
        "[project]\nname = \"x\" # kept\ndependencies = [\n    \"attrs\",\n    # http\n    \"httpx>=0.28\",  # for the API\n    \"rich\",\n]\n",
    );
    check(
        "pyproject.toml",
        "[project]\ndependencies = [\n  'requests',\n  'attrs'  # last\n]\n",
        "[project]\ndependencies = [\n  'requests',\n  'httpx',\n  'attrs'  # last\n]\n",
        "[project]\ndependencies = [\n  'httpx',\n  'attrs'  # last\n]\n",
    );
    check(
        "pyproject.toml",
        "[project]\ndependencies = [\n  'attrs',\n  'requests[socks] ~= 2.0 ; python_version > \"3\"'  # last\n]\n",
        "[project]\ndependencies = [\n  'attrs',\n  'requests[socks] ~= 2.0 ; python_version > \"3\"',  # last\n  'httpx[socks]>=0.28 ; python_version > \"3\"'\n]\n",
        "[project]\ndependencies = [\n  'attrs',\n  'httpx[socks]>=0.28 ; python_version > \"3\"'  # last\n]\n",
    );
    check(
        "pyproject.toml",
        "[project]\ndependencies = [\n    # http\n    \"requests>=2\",  # API\n    # other\n    \"attrs\",\n]\n",
        "[project]\ndependencies = [\n    # http\n    \"requests>=2\",  # API\n    \"httpx>=0.28\",\n    # other\n    \"attrs\",\n]\n",
        "[project]\ndependencies = [\n    # http\n    \"httpx>=0.28\",  # API\n    # other\n    \"attrs\",\n]\n",
    );
    // A sorted list stays sorted.
    check(
        "pyproject.toml",
        "[project]\ndependencies = [\n    \"attrs\",\n    \"idna\",\n    \"requests>=2\",\n    \"rich\",\n]\n",
        "[project]\ndependencies = [\n    \"attrs\",\n    \"httpx>=0.28\",\n    \"idna\",\n    \"requests>=2\",\n    \"rich\",\n]\n",
        "[project]\ndependencies = [\n    \"attrs\",\n    \"httpx>=0.28\",\n    \"idna\",\n    \"rich\",\n]\n",
    );
}

#[test]
fn lists_on_one_line_extras_and_groups() {
    check(
        "pyproject.toml",
        "[project]\ndependencies = [\"requests\"]\n[project.optional-dependencies]\nweb = [\"requests>=2\", \"flask\"]\n[dependency-groups]\ntest = [{include-group = \"x\"}, \"requests\"]\nlint = [\"ruff\"]\n",
        "[project]\ndependencies = [\"requests\", \"httpx\"]\n[project.optional-dependencies]\nweb = [\"requests>=2\", \"httpx>=0.28\", \"flask\"]\n[dependency-groups]\ntest = [{include-group = \"x\"}, \"requests\", \"httpx\"]\nlint = [\"ruff\"]\n",
        "[project]\ndependencies = [\"httpx\"]\n[project.optional-dependencies]\nweb = [\"httpx>=0.28\", \"flask\"]\n[dependency-groups]\ntest = [{include-group = \"x\"}, \"httpx\"]\nlint = [\"ruff\"]\n",
    );
    check(
        "pyproject.toml",
        "[project]\ndependencies = [\"httpx\", \"requests\"]\n",
        "[project]\ndependencies = [\"httpx\", \"requests\"]\n",
        "[project]\ndependencies = [\"httpx\"]\n",
    );
    check(
        "pyproject.toml",
        "[project]\ndependencies = [\"requests\", \"httpx\"]\n",
        "[project]\ndependencies = [\"requests\", \"httpx\"]\n",
        "[project]\ndependencies = [\"httpx\"]\n",
    );
}

#[test]
fn tables_of_poetry() {
    check(
        "pyproject.toml",
        "[tool.poetry.dependencies]\npython = \"^3.9\"\nrequests = \"^2.31\"  # http\nrich = \"*\"\n\n[tool.poetry.group.dev.dependencies]\nrequests = \"*\"\n",
        "[tool.poetry.dependencies]\npython = \"^3.9\"\nrequests = \"^2.31\"  # http\nhttpx = \">=0.28\"\nrich = \"*\"\n\n[tool.poetry.group.dev.dependencies]\nrequests = \"*\"\nhttpx = \"*\"\n",
        "[tool.poetry.dependencies]\npython = \"^3.9\"\nhttpx = \">=0.28\"  # http\nrich = \"*\"\n\n[tool.poetry.group.dev.dependencies]\nhttpx = \"*\"\n",
    );
    refuses(
        "pyproject.toml",
        "[tool.poetry.dependencies]\nrequests = {version = \"^2\", optional = true}\n",
        "more than its version",
    );
    refuses(
        "pyproject.toml",
        "[tool.poetry.dependencies.requests]\nversion = \"^2\"\n",
        "a table of its own",
    );
    refuses(
        "pyproject.toml",
        "[tool.poetry.dependencies]\nrequests = \"*\"\n[tool.poetry.extras]\nweb = [\"requests\"]\n",
        "an extra",
    );
}

#[test]
fn requirements_files() {
    check(
        "requirements.txt",
        "-r base.txt\nattrs\nRequests==2.31.0  # pinned\n\nrich",
        "-r base.txt\nattrs\nhttpx>=0.28\nRequests==2.31.0  # pinned\n\nrich",
        "-r base.txt\nattrs\nhttpx>=0.28  # pinned\n\nrich",
    );
    check(
        "requirements/dev.in",
        "attrs\nrequests",
        "attrs\nrequests\nhttpx",
        "attrs\nhttpx",
    );
    check(
        "requirements.txt",
        "# web\nrequests  # http\n\n# other\nattrs\n",
        "# web\nrequests  # http\nhttpx\n\n# other\nattrs\n",
        "# web\nhttpx  # http\n\n# other\nattrs\n",
    );
    refuses(
        "requirements.txt",
        "# This file is autogenerated by pip-compile\nrequests==2\n",
        "another program",
    );
    refuses(
        "requirements.txt",
        "requests==2 \\\n    --hash=sha256:00\n",
        "several lines",
    );
    refuses(
        "requirements.txt",
        "requests @ https://example.org/x\n",
        "an address",
    );
    refuses(
        "requirements.txt",
        "requests[use-chardet-on-py3]\n",
        "the extra",
    );
    refuses("requirements.txt", "requests>2;a\nrequests<2;b\n", "twice");
}

#[test]
fn setup_cfg_values() {
    check(
        "setup.cfg",
        "[metadata]\nname = requests\n[options]\ninstall_requires =\n    attrs\n    requests>=2\n\n[options.extras_require]\nweb =\n\trequests\n",
        "[metadata]\nname = requests\n[options]\ninstall_requires =\n    attrs\n    requests>=2\n    httpx>=0.28\n\n[options.extras_require]\nweb =\n\trequests\n\thttpx\n",
        "[metadata]\nname = requests\n[options]\ninstall_requires =\n    attrs\n    httpx>=0.28\n\n[options.extras_require]\nweb =\n\thttpx\n",
    );
    let one = "[options]\ninstall_requires = requests\n";
    assert!(edited("setup.cfg", one, &BESIDE).is_err());
    assert_eq!(
        edited("setup.cfg", one, &INSTEAD),
        Ok(Some("[options]\ninstall_requires = httpx\n".to_owned()))
    );
}

#[test]
fn what_is_not_edited_is_reported() {
    let setup = "setup(install_requires=['requests'])\n";
    refuses("setup.py", setup, "by hand");
    assert_eq!(edited("setup.py", "setup()\n", &INSTEAD), Ok(None));
    refuses("Pipfile", "[packages]\nrequests = \"*\"\n", "by hand");
    assert_eq!(edited("notes.txt", "requests\n", &INSTEAD), Ok(None));
    refuses("pyproject.toml", "[project\n", "cannot be read");
    assert_eq!(edited("pyproject.toml", "[project]\n", &INSTEAD), Ok(None));
}

#[test]
fn scripts_with_dependencies() {
    let path = Path::new("x.py");
    let text = "#!/usr/bin/env python\n# /// script\n# dependencies = [\n#   \"requests<3\",\n#   \"rich\",\n# ]\n# ///\nimport requests\n";
    for text in [text.to_owned(), text.replace('\n', "\r\n")] {
        let new = edit_script(path, &text, &INSTEAD);
        assert_eq!(new, Ok(Some(text.replace("requests<3", "httpx>=0.28"))));
        let nl = newline(&text);
        let new = edit_script(path, &text, &BESIDE);
        let beside = format!("\"requests<3\",{nl}#   \"httpx>=0.28\",{nl}");
        let old = format!("\"requests<3\",{nl}");
        assert_eq!(new, Ok(Some(text.replace(&old, &beside))));
        let both = text.replace(&old, &beside);
        let new = edit_script(path, &both, &INSTEAD);
        let line = format!("#   \"requests<3\",{nl}");
        assert_eq!(new, Ok(Some(both.replace(&line, ""))));
    }
    let last = "# /// script\n# dependencies = [\n#   \"requests<3\"\n# ]\n# ///\n";
    assert_eq!(
        edit_script(path, last, &BESIDE),
        Ok(Some(
            "# /// script\n# dependencies = [\n#   \"requests<3\",\n#   \"httpx>=0.28\"\n# ]\n# ///\n"
                .to_owned()
        ))
    );
    assert_eq!(edit_script(path, "import requests\n", &INSTEAD), Ok(None));
}
