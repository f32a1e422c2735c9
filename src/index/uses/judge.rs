//! Which mentions of a name count as uses of a function.

use super::meaning::{self, Meaning};
use super::mentions::{Mention, What};
use super::search::Search;
use super::{Certainty, Definition, Parsed, Role, Seen, Target, TargetKind, Use, Wanted};
use crate::index::classes::Ancestor;
use crate::index::{Evaluator, File, Place};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

impl Search<'_> {
    /// The mentions that may mean each function.
    pub(super) fn uses(
        &self,
        files: &[Seen],
        targets: &[Option<Target>],
        parsed: Option<Parsed<'_>>,
    ) -> Vec<Vec<Use>> {
        let mut by_name: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (at, target) in targets.iter().enumerate() {
            if let Some(target) = target {
                by_name.entry(&target.name).or_default().push(at);
            }
        }
        let found = self.project.in_parallel(files.len(), |at| {
            let seen = &files[at];
            let evaluator = Evaluator::of(self.project, Arc::clone(&seen.file));
            let mut uses: Vec<(usize, Use)> = Vec::new();
            // Those that count where the module of the function gets about as a value.
            let mut open: Vec<(usize, Use)> = Vec::new();
            for mention in &seen.mentions.all {
                let meaning = self.meant(&evaluator, mention);
                for at in self.candidates(mention, &meaning, targets, &by_name) {
                    let Some(target) = &targets[at] else { continue };
                    let judge =
                        |escapes| self.judge(&seen.file, mention, &meaning, target, escapes);
                    match judge(false) {
                        Some(one) => uses.push((at, one)),
                        None if target.kind == TargetKind::Module => {
                            open.extend(judge(true).map(|one| (at, one)));
                        }
                        None => {}
                    }
                }
            }
            (uses, open)
        });
        let mut uses: Vec<Vec<Use>> = targets.iter().map(|_| Vec::new()).collect();
        let mut open = Vec::new();
        for (decided, more) in found {
            for (at, one) in decided {
                uses[at].push(one);
            }
            open.extend(more);
        }
        let path = |at: usize| targets[at].as_ref().map(|target| &target.definition.path);
        let asked: BTreeSet<&PathBuf> = open.iter().filter_map(|(at, _)| path(*at)).collect();
        let own = (0..targets.len()).filter_map(path).cloned().collect();
        let escaping = self.escaping_modules(&asked, &own, parsed);
        for (at, one) in open {
            if path(at).is_some_and(|path| escaping.contains(path)) {
                uses[at].push(one);
            }
        }
        uses
    }

    /// The functions that a mention may mean: those of its name, and, where it is another name
    /// for a function, that one.
    fn candidates(
        &self,
        mention: &Mention,
        meaning: &Meaning,
        targets: &[Option<Target>],
        by_name: &FxHashMap<&str, Vec<usize>>,
    ) -> Vec<usize> {
        let mut all: Vec<usize> = by_name.get(&*mention.name).cloned().unwrap_or_default();
        for (at, target) in targets.iter().enumerate() {
            if let Some(target) = target
                && target.name != mention.name
                && meaning.functions.contains(&target.place)
            {
                all.push(at);
            }
        }
        all
    }

    fn judge(
        &self,
        file: &Arc<File>,
        mention: &Mention,
        meaning: &Meaning,
        target: &Target,
        module_escapes: bool,
    ) -> Option<Use> {
        let here = meaning.functions.contains(&target.place);
        let mut unknown = meaning.unknown;
        if !here {
            let reachable = match (target.kind, &mention.what) {
                (TargetKind::Inner, _) => false,
                // A module as a value is rare enough to be looked for.
                (TargetKind::Module, What::Attribute(_)) => module_escapes || meaning.dynamic,
                (TargetKind::Module, _) => true,
                (TargetKind::Method(_), What::Name | What::Imported(_)) => false,
                (TargetKind::Method(_), _) => true,
            };
            unknown &= reachable;
            unknown |= meaning
                .outside
                .iter()
                .any(|dotted| meaning::may_lead_to(dotted, &target.definition.path));
            if !unknown {
                return None;
            }
        }
        let mut others: Vec<Definition> = meaning
            .functions
            .iter()
            .filter(|place| **place != target.place)
            .map(definition)
            .collect();
        others.sort_unstable();
        others.dedup();
        let alone = others.is_empty() && !meaning.other && meaning.outside.is_empty();
        let certainty = match (unknown, alone) {
            (true, _) => Certainty::Unknown,
            (false, true) => Certainty::Exact,
            (false, false) => Certainty::OneOf,
        };
        Some(Use {
            path: file.path.clone(),
            range: mention.range,
            scope: mention.scope,
            role: match &mention.role {
                Role::Call { .. } if target.is_property => Role::Property { awaited: false },
                Role::Value | Role::Decorator if target.is_property => Role::Property {
                    awaited: mention.awaited,
                },
                role => role.clone(),
            },
            certainty,
            others,
        })
    }

    /// Those of some modules that are somewhere used as values, so that a name looked up on an
    /// unknown object may be one of theirs.
    fn escaping_modules(
        &self,
        modules: &BTreeSet<&PathBuf>,
        own: &BTreeSet<PathBuf>,
        parsed: Option<Parsed<'_>>,
    ) -> FxHashSet<PathBuf> {
        let stems = modules.iter().filter_map(|path| meaning::stem(path));
        let names = Wanted {
            functions: BTreeSet::new(),
            modules: stems.map(Box::from).collect(),
        };
        if names.modules.is_empty() {
            return FxHashSet::default();
        }
        let files = self.project.files_naming(names, own, parsed);
        let found = self.project.in_parallel(files.len(), |at| {
            let seen = &files[at];
            let mut escaping = Vec::new();
            let values = seen
                .mentions
                .all
                .iter()
                .filter(|mention| mention.whole && mention.role == Role::Value);
            let evaluator = Evaluator::of(self.project, Arc::clone(&seen.file));
            for mention in values {
                if let Some(path) = self.meant_module(&evaluator, mention)
                    && modules.contains(&path)
                {
                    escaping.push(path);
                }
            }
            escaping
        });
        found.into_iter().flatten().collect()
    }

    /// The definitions of the same method in super- and subclasses.
    pub(super) fn overrides(&self, target: &Target) -> Vec<Use> {
        let TargetKind::Method(class) = target.kind else {
            return Vec::new();
        };
        let class = Place::new(&target.place.file, class);
        let mut found = Vec::new();
        for (definer, certainty) in self.related(&class, &target.name) {
            let file = &definer.file;
            for bound in file.facts.bindings(definer.scope, &target.name) {
                let crate::facts::How::Function(scope) = bound.how else {
                    continue;
                };
                let Some(function) = file.facts.function(scope) else {
                    continue;
                };
                found.push(Use {
                    path: file.path.clone(),
                    range: function.at,
                    scope: definer.scope,
                    role: Role::Override(Definition {
                        path: file.path.clone(),
                        scope,
                    }),
                    certainty,
                    others: Vec::new(),
                });
            }
        }
        found
    }

    pub(super) fn of_protocol(&self, target: &Target) -> bool {
        match target.kind {
            TargetKind::Method(class) => {
                let class = Place::new(&target.place.file, class);
                let evaluator = Evaluator::of(self.project, Arc::clone(&class.file));
                meaning::is_protocol_class(&evaluator, &class)
            }
            TargetKind::Module | TargetKind::Inner => false,
        }
    }

    pub(super) fn order_of(&self, target: &Target) -> Arc<[Ancestor]> {
        match target.kind {
            TargetKind::Method(class) => {
                let class = Place::new(&target.place.file, class);
                Evaluator::of(self.project, Arc::clone(&class.file)).order(&class)
            }
            TargetKind::Module | TargetKind::Inner => Arc::new([]),
        }
    }
}

fn definition(place: &Place) -> Definition {
    Definition {
        path: place.file.path.clone(),
        scope: place.scope,
    }
}
