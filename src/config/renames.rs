//! What the settings say about names: `[[tool.aiolift.rename]]`.

use super::{ConfigError, Setting, suggestion};

/// One table of the settings: two dotted names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenameSettings {
    /// What is looked for.
    pub from: String,
    /// What it becomes.
    pub to: String,
}

pub(super) fn read(setting: &Setting<'_, '_>) -> Result<Vec<RenameSettings>, ConfigError> {
    let wrong = || setting.wrong("a list of tables; write `[[tool.aiolift.rename]]`");
    let tables = setting.value.get_ref().as_array().ok_or_else(wrong)?;
    let mut renames = Vec::new();
    for value in tables {
        let table = value.get_ref().as_table().ok_or_else(wrong)?;
        let mut names = [None, None];
        for (key, value) in table {
            let inner = Setting {
                file: setting.file,
                name: key.get_ref(),
                value,
            };
            let at = match inner.name {
                "from" => 0,
                "to" => 1,
                unknown => {
                    let advice = suggestion(unknown, &["from", "to"]);
                    let message = format!("`{unknown}` is not a setting of a rename; {advice}");
                    return Err(setting.file.error(key.span(), message));
                }
            };
            let name = value.get_ref().as_str().filter(|name| is_dotted(name));
            let name =
                name.ok_or_else(|| inner.wrong("a dotted name such as `\"package.name\"`"))?;
            names[at] = Some(name.to_owned());
        }
        let [Some(from), Some(to)] = names else {
            let message = "a rename needs `from` and `to`".to_owned();
            return Err(setting.file.error(value.span(), message));
        };
        if from == to {
            let message = format!("`{from}` is renamed to itself");
            return Err(setting.file.error(value.span(), message));
        }
        renames.push(RenameSettings { from, to });
    }
    Ok(renames)
}

fn is_dotted(name: &str) -> bool {
    name.split('.').all(|part| {
        part.chars().all(|c| c.is_alphanumeric() || c == '_')
            && part.chars().next().is_some_and(|c| !c.is_ascii_digit())
    })
}
