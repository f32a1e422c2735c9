//! Which Python environment a project uses.

use std::path::{Path, PathBuf};

/// Where the packages are that a project uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PythonEnvironment {
    /// They are not looked at.
    None,
    /// In an environment: its folder, its Python, or its `site-packages`.
    At(PathBuf),
}

impl PythonEnvironment {
    /// Reads the value of the setting or the option; a path is relative to `base`.
    pub fn parse(text: &str, base: &Path) -> Self {
        match text {
            "none" => Self::None,
            path => Self::At(base.join(path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_to_the_file_that_says_it() {
        let parse = |text| PythonEnvironment::parse(text, Path::new("/project"));
        assert_eq!(parse("none"), PythonEnvironment::None);
        assert_eq!(parse("env"), PythonEnvironment::At("/project/env".into()));
        assert_eq!(parse("/opt/env"), PythonEnvironment::At("/opt/env".into()));
    }
}
