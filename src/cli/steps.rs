//! Which transforms and steps run, in which order.

use super::Stop;
use super::args::Selection;
use super::session::unknown_transform;
use crate::config::Config;
use crate::edit::Applicability;
use crate::renames::{self, Rename};
use crate::step::{self, PREFIX, PythonStep, find_interpreter};
use crate::transform::Entry;
use crate::transforms::CATALOG;
use std::path::Path;

/// The transforms and steps to run, in order. Python steps are started by this.
pub(super) fn chosen(
    selection: &Selection,
    config: &Config,
    ids: &[&str],
    project: Option<&Path>,
) -> Result<Vec<&'static Entry>, Stop> {
    for name in selection.select.iter().chain(&selection.skip) {
        if name.starts_with(PREFIX) {
            if step::parts(name).is_none() {
                return Err(Stop::Usage(format!(
                    "`{name}` names no step; write `python:package.module:ClassName`."
                )));
            }
        } else if !ids.contains(&name.as_str()) {
            return Err(Stop::Usage(unknown_transform(name, ids)));
        }
    }
    let is_selected = |name: &str| selection.select.iter().any(|selected| selected == name);
    let is_skipped = |name: &str| {
        let mut skipped = selection.skip.iter().chain(&config.skip);
        skipped.any(|skipped| skipped == name) && !is_selected(name)
    };
    let mut chosen = Vec::new();
    for name in names(selection, config) {
        if is_skipped(name) {
            continue;
        }
        match CATALOG.get(name) {
            Some(entry) => chosen.push(entry),
            None if name == renames::ID => chosen.extend(renames(config)),
            None if selection.given.without_steps && !is_selected(name) => {}
            None => chosen.push(python_step(name, selection, config, project)?),
        }
    }
    Ok(chosen)
}

/// What is asked for by name, in order: an explicit pipeline is an order, everything else is done in
/// the order of the catalogue, with the steps after it.
fn names<'n>(selection: &'n Selection, config: &'n Config) -> Vec<&'n str> {
    let select = if selection.select.is_empty() {
        if let Some(names) = &config.pipeline {
            return names.iter().map(String::as_str).collect();
        }
        &config.select
    } else {
        &selection.select
    };
    let built_in = CATALOG.entries().iter().filter(|entry| {
        let id = entry.about.id;
        if select.is_empty() {
            entry.about.default
        } else {
            select.iter().any(|name| name == id)
        }
    });
    // The names first: the transforms may know what has the new ones.
    let renames = select.is_empty() || select.iter().any(|name| name == renames::ID);
    let renames = renames.then_some(renames::ID);
    let built_in = built_in.map(|entry| entry.about.id);
    let mut names: Vec<&str> = renames.into_iter().chain(built_in).collect();
    for name in select.iter().filter(|name| name.starts_with(PREFIX)) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// The renames of the settings.
fn renames(config: &Config) -> Vec<&'static Entry> {
    let renames = config.renames.iter().map(|rename| Rename {
        from: rename.from.clone(),
        to: rename.to.clone(),
    });
    renames::entries(&renames.collect::<Vec<_>>())
}

/// A step that the user asks for on the command line, or allows the project to have.
fn python_step(
    name: &str,
    selection: &Selection,
    config: &Config,
    project: Option<&Path>,
) -> Result<&'static Entry, Stop> {
    let trusts_project = selection.allow_python_steps;
    let is_from_user = selection.select.iter().any(|selected| selected == name);
    if !trusts_project && !is_from_user {
        return Err(Stop::Usage(format!(
            "`{}` asks for the step `{name}`, which runs code of this project. Allow that with `--allow-python-steps` if you trust the project, or leave the step out with `--skip {name}`.",
            config.path.display()
        )));
    }
    let usage = |message: String| Stop::Usage(format!("{}.", message.trim_end_matches('.')));
    let here = selection.given.python.clone();
    let trusted = project.filter(|_| trusts_project);
    let interpreter =
        find_interpreter(selection.python.as_deref(), trusted, here).map_err(usage)?;
    let settings = config.steps.iter().find(|step| step.name == name);
    let absolute = |project: &Path| std::path::absolute(project).ok();
    let step = PythonStep {
        name: name.to_owned(),
        mentions: settings.and_then(|step| step.mentions.clone()),
        grade: settings
            .and_then(|step| step.grade)
            .map(|grade| match grade {
                "unsafe" => Applicability::Unsafe,
                "display" => Applicability::Display,
                _ => Applicability::Safe,
            }),
        arguments: settings
            .and_then(|step| step.arguments.clone())
            .unwrap_or_else(|| "{}".to_owned()),
        patience: settings
            .and_then(|step| step.timeout)
            .unwrap_or(step::PATIENCE),
        project: absolute(project.unwrap_or(Path::new("."))),
        trusts_project,
    };
    step::entry(&step, &interpreter).map_err(usage)
}
