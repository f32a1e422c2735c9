//! What the settings say about steps in Python: `[[tool.aiolift.step]]`.

use super::{ConfigError, Setting, suggestion};
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What every name of a step in Python begins with.
const PREFIX: &str = "python:";

const KEYS: [&str; 5] = ["arguments", "grade", "mentions", "name", "timeout"];

/// One table of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepSettings {
    /// `python:package.module:ClassName`
    pub name: String,
    /// Names of which one stands in every file that the step changes.
    pub mentions: Option<Vec<String>>,
    /// The grade of its changes.
    pub grade: Option<&'static str>,
    /// The arguments of the class, as a JSON object.
    pub arguments: Option<String>,
    /// How long it may take over one file.
    pub timeout: Option<Duration>,
}

/// Whether a name in a list of transforms is that of a step in Python.
pub fn is_python_step(name: &str) -> bool {
    let rest = name.strip_prefix(PREFIX);
    rest.is_some_and(|rest| rest.split(':').filter(|part| !part.is_empty()).count() == 2)
}

pub(super) fn read(setting: &Setting<'_, '_>) -> Result<Vec<StepSettings>, ConfigError> {
    let wrong = || setting.wrong("a list of tables; write `[[tool.aiolift.step]]`");
    let tables = setting.value.get_ref().as_array().ok_or_else(wrong)?;
    let tables = tables.iter().map(|value| {
        let table = value.get_ref().as_table().ok_or_else(wrong)?;
        step(setting, value, table)
    });
    tables.collect()
}

fn step(
    setting: &Setting<'_, '_>,
    whole: &Spanned<DeValue<'_>>,
    table: &DeTable<'_>,
) -> Result<StepSettings, ConfigError> {
    let mut step = StepSettings::default();
    let mut keys: Vec<_> = table.iter().collect();
    keys.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in keys {
        let inner = Setting {
            file: setting.file,
            name: key.get_ref(),
            value,
        };
        match inner.name {
            "name" => {
                let name = value.get_ref().as_str().filter(|name| is_python_step(name));
                let expected = "`\"python:package.module:ClassName\"`";
                name.ok_or_else(|| inner.wrong(expected))?
                    .clone_into(&mut step.name);
            }
            "mentions" => {
                let names = inner.strings("a list of names")?.into_iter();
                step.mentions = Some(names.map(|(name, _)| name.to_owned()).collect());
            }
            "grade" => {
                step.grade = Some(inner.one_of(&[
                    ("safe", "safe"),
                    ("unsafe", "unsafe"),
                    ("display", "display"),
                ])?);
            }
            "timeout" => {
                let seconds = inner.count()?;
                step.timeout = Some(Duration::from_secs(
                    u64::try_from(seconds).unwrap_or(u64::MAX),
                ));
            }
            "arguments" => {
                let expected = "a table of text, numbers, truth values and lists of them";
                let json = value
                    .get_ref()
                    .as_table()
                    .and_then(|_| json(value.get_ref()));
                step.arguments = Some(json.ok_or_else(|| inner.wrong(expected))?);
            }
            unknown => {
                let advice = suggestion(unknown, &KEYS);
                let message = format!("`{unknown}` is not a setting of a step; {advice}");
                return Err(setting.file.error(key.span(), message));
            }
        }
    }
    if step.name.is_empty() {
        let message = "a step needs its `name`".to_owned();
        return Err(setting.file.error(whole.span(), message));
    }
    Ok(step)
}

/// A value as JSON; dates have none.
fn json(value: &DeValue<'_>) -> Option<String> {
    let text = |text: &str| serde_json::to_string(text).ok();
    Some(match value {
        DeValue::String(words) => text(words)?,
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()?
            .to_string(),
        DeValue::Float(number) => number.as_str().parse::<f64>().ok()?.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(_) => return None,
        DeValue::Array(items) => {
            let items = items.iter().map(|item| json(item.get_ref()));
            format!("[{}]", items.collect::<Option<Vec<_>>>()?.join(","))
        }
        DeValue::Table(table) => {
            let items = table.iter().map(|(key, value)| {
                Some(format!(
                    "{}:{}",
                    text(key.get_ref())?,
                    json(value.get_ref())?
                ))
            });
            format!("{{{}}}", items.collect::<Option<Vec<_>>>()?.join(","))
        }
    })
}
