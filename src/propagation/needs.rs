//! What one function needs before it can become a coroutine function: the functions that have to
//! become one with it, the calls to change, the walls.

use super::entered;
use super::group::{Blocked, Bridged, CallSite, Seed, sort};
use super::lift::Kind;
use super::outline::{Obstacle, Outline, Position};
use super::passing;
use super::solve::Propagation;
use super::walls;
use crate::index::{Certainty, Definition, Role, Use, Uses, imported_by, means};
use crate::options::Asyncify;
use crate::syntax::TextRange;
use std::path::{Path, PathBuf};
use std::rc::Rc;

#[derive(Default)]
pub(super) struct Needs {
    /// The functions that must become coroutine functions with it.
    pub(super) nodes: Vec<usize>,
    /// The calls in functions.
    pub(super) calls: Vec<CallSite>,
    /// The calls at module level.
    pub(super) bridges: Vec<Bridged>,
    /// Where tests put something in its place.
    pub(super) mocks: Vec<CallSite>,
    /// A test hands it to what calls it, and awaits it then.
    pub(super) is_handed: bool,
    /// Where the stub beside its module declares it.
    pub(super) stubs: Vec<CallSite>,
    /// Where its twin is given on, too.
    pub(super) exports: Vec<CallSite>,
    /// What calls it through the parsed arguments of the command line, and must stay plain.
    pub(super) dispatchers: Vec<usize>,
    /// One of the calls stands in a coroutine function that is there already.
    pub(super) meets_coroutines: bool,
    /// The walls, with the functions they stand in, if that is another one.
    pub(super) walls: Vec<(PathBuf, Obstacle)>,
}

impl Propagation<'_> {
    /// What is known about a function, if it was reached.
    pub(super) fn needs(&self, node: usize) -> Rc<Needs> {
        self.nodes[node].needs.clone().unwrap_or_default()
    }

    /// What keeps a function plain, whoever calls it.
    pub(super) fn own_walls(&self, at: usize) -> Vec<(PathBuf, Obstacle)> {
        let node = &self.nodes[at];
        let file = &self.files[node.file];
        let (path, outline) = (&file.path, &file.outline);
        let own = &outline.definitions[node.definition];
        let mut walls: Vec<Obstacle> = Vec::new();
        if !(self.may_change)(path) {
            walls.push(outside_paths(own.name));
        }
        let is_handler = self.is_handler(at);
        let stands = |wall: &&Obstacle| match wall.reason {
            "framework-handler" | "unknown-decorator" if is_handler => false,
            "unknown-decorator" | "cached"
                if passing::passes_on(self.project, path, wall.range)
                    || self.wrapper(path, wall.range).is_some() =>
            {
                false
            }
            "functools-decorator" => self.own_wrapper(at).is_none(),
            "special-method" => {
                !own.qualified.ends_with(".__call__") || self.own_wrapper(at).is_none()
            }
            "context-manager" => !self.may_be_entered(at),
            "property" => !self.may_be_awaited(at),
            "constructor" => !self.is_constructor(at),
            _ => true,
        };
        walls.extend(own.walls.iter().filter(stands).cloned());
        if self.is_constructor(at) {
            walls.extend(self.wall_of_class(at));
        }
        if own.at_module_level
            && let Some(named) = outline.reflection
        {
            walls.push(
                Obstacle::new(
                    "reflection",
                    named,
                    "this module finds functions by the text of their names",
                )
                .remedy("Name the functions in a `dict` instead."),
            );
        }
        let last = own.qualified.rsplit('.').next().unwrap_or_default();
        if let Some(example) = outline.doctest_of(last) {
            walls.push(
                Obstacle::new(
                    "doctest",
                    example,
                    "an example in a docstring calls it and does not await it",
                )
                .remedy("Change the example first."),
            );
        }
        if outline.is_test && self.is_entry_point(at) {
            walls.push(Obstacle::new(
                "entry-point",
                own.name,
                "something outside starts it by its name, and it is test code",
            ));
        }
        let named = |all: &[String]| all.iter().any(|one| means(one, path, &own.qualified));
        if named(&self.options.public_api) {
            walls.push(
                Obstacle::new(
                    "public-api",
                    own.name,
                    "the settings say with `public-api` that it stays as it is",
                )
                .remedy("Take it out of `public-api`, or run with `--keep-sync`."),
            );
        }
        if self.options.asyncify == Asyncify::ClosedScripts {
            if named(&self.options.entry_points) {
                walls.push(not_closed(
                    own.name,
                    "the project declares this function as an entry point",
                ));
            }
            walls.extend(self.check_closed(path, outline, own.name));
        }
        let place = |obstacle| (path.clone(), obstacle);
        let doubt = is_handler.then(|| self.doubt_of_handler(at)).flatten();
        walls.into_iter().map(place).chain(doubt).collect()
    }

    /// What the uses of a function ask for.
    pub(super) fn needs_of(&mut self, node: usize, uses: &Uses) -> Needs {
        let home = self.files[self.nodes[node].file].path.clone();
        let (name, at) = self.name(node);
        let outline = Rc::clone(&self.files[self.nodes[node].file].outline);
        let own = &outline.definitions[self.nodes[node].definition];
        if !own.at_module_level
            && (own.class.is_none() || name == "__call__")
            && let Some(wrapper) = self.own_wrapper(node)
        {
            return self.needs_of_wrapper(&wrapper);
        }
        let mut needs = Needs::default();
        for wall in &own.walls {
            if matches!(wall.reason, "unknown-decorator" | "cached")
                && !passing::passes_on(self.project, &home, wall.range)
                && let Some(wrapper) = self.wrapper(&home, wall.range)
            {
                needs.nodes.extend(self.wrapper_node(&wrapper));
            }
        }
        if let Some(obstacle) = walls::of_bases(uses, &name, at, outline.is_test) {
            needs.walls.push((home.clone(), obstacle));
        }
        let kind = self.kind(node);
        let mut told = self.told_apart(node, uses, &mut needs);
        let is_property = self.is_property(node);
        if is_property && needs.walls.is_empty() {
            told.extend(self.read_by_text(node, &mut needs));
        }
        if self.is_constructor(node) && needs.walls.is_empty() {
            told.extend(self.made_by(node, &mut needs));
        }
        for found in &told {
            let read = is_property.then(|| self.read(node, found)).flatten();
            let found = match &read {
                Some(Ok(read)) => read,
                Some(Err(obstacle)) => {
                    needs.walls.push((found.path.clone(), obstacle.clone()));
                    continue;
                }
                None => found,
            };
            if self.is_use_of_handler(node, found) || self.asks_its_decorator(node, found) {
                continue;
            }
            match self.dispatchers(found) {
                None => self.take(found, kind, &mut needs),
                Some(Ok(dispatchers)) => {
                    self.nodes[node].is_dispatched = true;
                    needs.dispatchers.extend(dispatchers);
                }
                Some(Err(wall)) => needs.walls.push(wall),
            }
        }
        if entered::is_method_of_with(&name) {
            needs.walls.extend(Self::called_by_name(uses));
            needs.nodes.extend(self.partner_node(node));
            let left = if name == "__exit__" {
                self.left_by(node)
            } else {
                Ok(Vec::new())
            };
            match left {
                Ok(all) => all
                    .iter()
                    .for_each(|found| self.take(found, Kind::Manager, &mut needs)),
                Err(wall) => needs.walls.push(wall),
            }
        }
        if own.code == walls::Code::Helper && needs.calls.is_empty() && !needs.is_handed {
            let obstacle = Obstacle::new(
                "test-helper",
                at,
                "nothing in the project calls it, and what else does would not await it",
            )
            .remedy("Call it in a test, or take it away.");
            needs.walls.push((home.clone(), obstacle));
        }
        if self.is_entry_point(node) {
            // The plain function of this name starts the coroutine; who calls that is content.
            needs.bridges.clear();
            if let Some(call) = needs.calls.iter().find(|call| call.path != home) {
                let obstacle = Obstacle::new(
                    "entry-point-called",
                    call.range,
                    "something outside starts it by its name, so that the name must stay a plain function, and it is called here, too",
                )
                .remedy("Let both call a coroutine function with another name.");
                needs.walls.push((call.path.clone(), obstacle));
            }
        }
        needs.nodes.sort_unstable();
        needs.nodes.dedup();
        sort(&mut needs.calls);
        sort(&mut needs.bridges);
        sort(&mut needs.mocks);
        needs
    }

    /// The uses of a function, those through protocols with what they may run. One use of which
    /// nothing is known is wall enough: the files of the others need not be read.
    fn told_apart(&mut self, node: usize, uses: &Uses, needs: &mut Needs) -> Vec<Use> {
        let own = self.definition(node);
        let mut told = Vec::new();
        for found in &uses.uses {
            match self.through_protocol(found) {
                Some(Ok(methods)) if methods.contains(&own) => {
                    let others: Vec<Definition> =
                        methods.into_iter().filter(|other| *other != own).collect();
                    told.push(Use {
                        certainty: Certainty::OneOf,
                        others,
                        ..found.clone()
                    });
                }
                // Objects of other classes get there.
                Some(Ok(_)) => {}
                Some(Err(obstacle)) => {
                    needs.walls.push((found.path.clone(), obstacle));
                    return Vec::new();
                }
                None => {
                    let is_doubtful = found.certainty == Certainty::Unknown
                        && !matches!(found.role, Role::Import | Role::Override(_));
                    if is_doubtful {
                        return vec![found.clone()];
                    }
                    told.push(found.clone());
                }
            }
        }
        told
    }

    pub(super) fn kind(&self, node: usize) -> Kind {
        let own = &self.nodes[node];
        match self.files[own.file].outline.definitions[own.definition].kind {
            Kind::Coroutine if self.is_constructor(node) => Kind::Object,
            kind => kind,
        }
    }

    pub(super) fn name(&self, node: usize) -> (String, TextRange) {
        let node = &self.nodes[node];
        let definition = &self.files[node.file].outline.definitions[node.definition];
        let last = definition.qualified.rsplit('.').next();
        (last.unwrap_or_default().to_owned(), definition.name)
    }

    /// What one use of a function asks for.
    fn take(&mut self, found: &Use, kind: Kind, needs: &mut Needs) {
        let path = found.path.as_path();
        if found.role == Role::Import {
            return;
        }
        let mut wall = |obstacle: Obstacle| needs.walls.push((path.to_owned(), obstacle));
        let Some(file) = self.file(path) else {
            wall(Obstacle::new(
                "unreadable-file",
                found.range,
                "a file that uses it cannot be read",
            ));
            return;
        };
        if !(self.may_change)(path) {
            wall(outside_paths(found.range));
            return;
        }
        let outline = Rc::clone(&self.files[file].outline);
        if found.role == Role::Stub {
            needs.stubs.push(CallSite {
                path: path.to_owned(),
                range: found.range,
                kind,
                line: outline.line(found.range.start()),
                twin: false,
            });
            return;
        }
        let call = match &found.role {
            Role::Call {
                call,
                awaited: false,
            }
            | Role::Super {
                call,
                awaited: false,
            } if found.certainty != Certainty::Unknown => *call,
            Role::Override(other) => {
                match self.plain(other, kind) {
                    Ok(Some(other)) => needs.nodes.push(other),
                    Ok(None) => {}
                    Err(obstacle) => wall(obstacle.at(found.range)),
                }
                return;
            }
            _ => {
                let text = || self.project.sources.text(path).unwrap_or_default();
                if kind == Kind::Coroutine
                    && found.certainty == Certainty::Exact
                    && self.handed_in_a_test(&outline, found, needs)
                {
                    return;
                }
                let mut wall = |obstacle: Obstacle| needs.walls.push((path.to_owned(), obstacle));
                let known = found.certainty == Certainty::Exact
                    || found.certainty == Certainty::OneOf && !found.others.is_empty();
                if outline.is_test && known && walls::is_mock(&text, self.options.target, found) {
                    needs.mocks.push(CallSite {
                        path: path.to_owned(),
                        range: found.range,
                        kind,
                        line: outline.line(found.range.start()),
                        twin: false,
                    });
                    for other in &found.others {
                        match self.plain(other, kind) {
                            Ok(Some(other)) => needs.nodes.push(other),
                            Ok(None) => {}
                            Err(obstacle) => {
                                let place = (path.to_owned(), obstacle.at(found.range));
                                needs.walls.push(place);
                            }
                        }
                    }
                    return;
                }
                let handed = (kind == Kind::Coroutine)
                    .then(|| self.handed_on(found).or_else(|| self.found_by_name(found)));
                if let Some(Some(handed)) = handed {
                    needs.nodes.extend(handed.nodes);
                    needs.calls.extend(handed.calls);
                    needs.meets_coroutines |= handed.meets_coroutines;
                    return;
                }
                if let Some(obstacle) = walls::of_use(&text, self.options.target, found) {
                    wall(obstacle);
                }
                return;
            }
        };
        if found.certainty == Certainty::OneOf && found.others.is_empty() {
            wall(Obstacle::new(
                "several-callees",
                found.range,
                "this call may also mean something that is not a function of the project",
            ));
            return;
        }
        for other in &found.others {
            match self.plain(other, kind) {
                Ok(Some(other)) => needs.nodes.push(other),
                Ok(None) => {}
                Err(obstacle) => {
                    needs
                        .walls
                        .push((path.to_owned(), obstacle.at(found.range)));
                    return;
                }
            }
        }
        let call = CallSite {
            path: path.to_owned(),
            range: call,
            kind,
            line: outline.line(call.start()),
            twin: false,
        };
        let position = outline.position(found.range);
        if position == Position::Lambda && self.in_a_test(&outline, &call, needs) {
            needs.calls.push(call);
            return;
        }
        let mut wall = |obstacle: Obstacle| needs.walls.push((path.to_owned(), obstacle));
        match position {
            Position::Function(around) => {
                needs.calls.push(call);
                if outline.definitions[around].is_async {
                    needs.meets_coroutines = true;
                } else {
                    let around = self.node(file, around);
                    needs.nodes.push(around);
                }
            }
            Position::Module { .. } if self.sets_context(path) => wall(
                Obstacle::new(
                    "context-variables",
                    found.range,
                    "`asyncio.run` would run it in a context of its own, and the project, or a package it uses, sets context variables",
                )
                .remedy("Start the program with `asyncio.run()` by hand."),
            ),
            Position::Module { guarded } => {
                if !outline.is_test && (guarded || self.is_program(path, &outline)) {
                    needs.bridges.push(call);
                } else {
                    wall(
                        Obstacle::new(
                            "called-on-import",
                            found.range,
                            "it is called when the module is imported, where nothing can be awaited",
                        )
                        .remedy("Call it in a function, or below `if __name__ == \"__main__\":`."),
                    );
                }
            }
            Position::Lambda => wall(
                Obstacle::new(
                    "call-in-lambda",
                    found.range,
                    "it is called in a `lambda`, which cannot await it",
                )
                .remedy("Write the `lambda` as a function with a name."),
            ),
            Position::Class => wall(
                Obstacle::new(
                    "call-in-class-body",
                    found.range,
                    "it is called in the body of a class, where nothing can be awaited",
                )
                .remedy("Call it in a method."),
            ),
            Position::Header => wall(
                Obstacle::new(
                    "call-in-definition",
                    found.range,
                    "it is called in a default value or a decorator, where nothing can be awaited",
                )
                .remedy("Call it in the body of the function."),
            ),
        }
    }

    /// The plain function that a definition is; `None` for one that is a coroutine function.
    pub(super) fn plain(
        &mut self,
        definition: &Definition,
        kind: Kind,
    ) -> Result<Option<usize>, Obstacle> {
        let unreadable = || {
            Obstacle::new(
                "unreadable-file",
                TextRange::default(),
                "this may also mean a function that cannot be read",
            )
        };
        let file = self.file(&definition.path).ok_or_else(unreadable)?;
        let outline = Rc::clone(&self.files[file].outline);
        let at = outline
            .definition_of(definition.scope)
            .ok_or_else(unreadable)?;
        let other = self.node(file, at);
        if self.kind(other) != kind {
            return Err(Obstacle::new(
                "different-kinds",
                TextRange::default(),
                "one of the functions that this may mean gives a value, another one several items or a context manager",
            ));
        }
        if outline.definitions[at].is_async {
            return Ok(None);
        }
        Ok(Some(other))
    }

    /// Something outside starts the function by its name and expects that it runs.
    pub(super) fn is_entry_point(&self, node: usize) -> bool {
        let own = &self.nodes[node];
        let file = &self.files[own.file];
        let definition = &file.outline.definitions[own.definition];
        let entry_points = &self.options.entry_points;
        definition.is_command
            || self.is_handler(node)
            || entry_points
                .iter()
                .any(|one| means(one, &file.path, &definition.qualified))
    }

    fn sets_context(&self, path: &Path) -> bool {
        let text = self.project.sources.text(path).unwrap_or_default();
        self.project.sets_context(&text)
    }

    /// A file that is run and not imported.
    pub(super) fn is_program(&self, path: &Path, outline: &Outline) -> bool {
        outline.is_script && imported_by(self.project, path).is_none()
    }

    /// Closed scripts are lifted without being asked to: nobody else can see the difference.
    fn check_closed(&self, path: &Path, outline: &Outline, name: TextRange) -> Option<Obstacle> {
        let (at, why) = if outline.is_test {
            (name, "this is test code".to_owned())
        } else if !outline.is_script {
            let words = "nothing in this file runs when it is started";
            (name, words.to_owned())
        } else if let Some(at) = outline.declares_all {
            let words = "this file says with `__all__` what others may import";
            (at, words.to_owned())
        } else {
            let importer = imported_by(self.project, path)?;
            (name, format!("`{}` imports this file", importer.display()))
        };
        Some(not_closed(at, &why))
    }
}

fn not_closed(at: TextRange, why: &str) -> Obstacle {
    let message = format!(
        "only a program in one file is made asynchronous without being asked for, and {why}"
    );
    Obstacle::new("not-a-closed-script", at, message)
        .remedy("Run with `--asyncify`; `aiolift plan` shows what would change.")
}

pub(super) fn outside_paths(at: TextRange) -> Obstacle {
    Obstacle::new(
        "outside-paths",
        at,
        "this file would have to change, and is not among those to rewrite",
    )
    .remedy("Name this file, too, or the folder of the project.")
}

pub(super) fn unreadable(seed: &Seed) -> Blocked {
    let at = TextRange::empty(seed.function);
    Blocked {
        beyond: Vec::new(),
        way: Vec::new(),
        path: seed.path.clone(),
        line: 1,
        column: 1,
        obstacle: Obstacle::new(
            "unreadable-file",
            at,
            "the file of the function cannot be read again",
        ),
    }
}
