//! Options of a run, from the command line and the settings.

use crate::cli::Stop;
use crate::cli::args::{ClientScopeArg, ExceptionsArg, FirewallArg, HttpPackageArg, Selection};
use crate::config::{
    Config, Consent, Manifest, ManifestFacts, TargetVersion, async_tests, closest, entry_points,
};
use crate::options::{
    Asyncify, ClientScope, Exceptions, Firewall, HttpPackage, LiftedRequests, Options, Walls,
};
use crate::syntax::PythonVersion;

/// The version that a `--target-version` names, and a note where it stands for another one.
pub(super) fn parse_target(text: &str) -> Result<(TargetVersion, Option<String>), Stop> {
    if let Some(version) = TargetVersion::parse(text) {
        return Ok((version, None));
    }
    let minor = text.strip_prefix("py3").or_else(|| text.strip_prefix("3."));
    if let Some(minor) = minor.and_then(|minor| minor.parse::<u8>().ok())
        && minor < TargetVersion::OLDEST.minor()
    {
        let note = format!(
            "`{text}` is older than this program knows; the result is made for {}.",
            TargetVersion::OLDEST
        );
        return Ok((TargetVersion::OLDEST, Some(note)));
    }
    Err(Stop::Usage(format!(
        "`{text}` is not a version of Python this program knows; give one from {} to {}.",
        TargetVersion::OLDEST,
        TargetVersion::NEWEST
    )))
}

/// Says that a name is none of a transform, and which one was meant.
pub(in crate::cli) fn unknown_transform(name: &str, ids: &[&str]) -> String {
    let meant = match closest(name, ids.iter().copied()) {
        Some(id) => format!("did you mean `{id}`? "),
        None => String::new(),
    };
    format!("There is no transform `{name}`; {meant}`aiolift list` shows them all.")
}

/// What the run is told, by the command line first and the settings then.
pub(super) fn options(
    selection: &Selection,
    config: &Config,
    target: TargetVersion,
    manifests: &[Manifest],
    facts: &ManifestFacts,
) -> Options {
    let (unsafe_all, unsafe_for) = match &config.consent {
        Consent::None => (selection.allow_unsafe, Vec::new()),
        Consent::Of(names) => (selection.allow_unsafe, names.clone()),
        Consent::All => (true, Vec::new()),
    };
    let exceptions = selection.exceptions.map(|how| match how {
        ExceptionsArg::Auto => Exceptions::Auto,
        ExceptionsArg::Unwrap => Exceptions::Unwrap,
        ExceptionsArg::Group => Exceptions::Group,
    });
    let firewall = selection.firewall.map(|what| match what {
        FirewallArg::Plain => Firewall::Plain,
        FirewallArg::Log => Firewall::Log,
    });
    let http_package = selection.http_package.map(|package| match package {
        HttpPackageArg::Httpx => HttpPackage::Httpx,
        HttpPackageArg::Httpx2 => HttpPackage::Httpx2,
    });
    let scope = selection.http_client_scope.map(|scope| match scope {
        ClientScopeArg::Function => ClientScope::Function,
        ClientScopeArg::Call => ClientScope::Call,
    });
    let keep_sync = selection.keep_sync || config.keep_sync.unwrap_or_default();
    let asyncify = selection.asyncify
        || !selection.asyncify_from.is_empty()
        || config.asyncify.unwrap_or_default()
        || keep_sync;
    Options {
        target: PythonVersion {
            major: 3,
            minor: target.minor(),
        },
        exceptions: exceptions.or(config.exceptions).unwrap_or_default(),
        firewall: firewall.or(config.firewall).unwrap_or_default(),
        http_package: http_package.or(config.http_package).unwrap_or_default(),
        client_scope: scope.or(config.http_client_scope).unwrap_or_default(),
        assume_coroutines: selection.assume_coroutines
            || config.assume_coroutines.unwrap_or_default(),
        unsafe_all,
        unsafe_for,
        choice: None,
        stop: selection.given.stop.clone(),
        asyncify: if keep_sync {
            Asyncify::Twins
        } else if asyncify {
            Asyncify::Project
        } else {
            Asyncify::ClosedScripts
        },
        add_dependency: selection
            .add_dependency
            .or(config.add_dependency)
            .unwrap_or(asyncify),
        lifted_requests: LiftedRequests::default(),
        asyncify_from: selection.asyncify_from.clone(),
        walls: Walls::First,
        public_api: config.public_api.clone(),
        entry_points: {
            let mut all = entry_points(manifests);
            all.extend(config.entry_points.iter().cloned());
            all
        },
        async_tests: async_tests(manifests, &facts.dependencies, false),
    }
}
