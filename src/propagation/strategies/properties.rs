//! Properties that become coroutine functions: reading the attribute gives a coroutine, and every
//! place of the project that reads it awaits that. It takes consent, because whoever reads it outside
//! of the project gets something else than a value.

use crate::facts::{Facts, Term};
use crate::index::{Certainty, Definition, Evaluator, Role, Type, Use};
use crate::options::Asyncify;
use crate::project::Project;
use crate::propagation::ID;
use crate::propagation::lift::Kind;
use crate::propagation::needs::Needs;
use crate::propagation::outline::Obstacle;
use crate::propagation::solve::{File, Propagation};
use crate::syntax::{
    AnyNodeRef, Module, NodeId, PythonVersion, Ranged, ScopeId, TextRange, Tree, ast,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A place that reads an attribute by a name which is not written there.
#[derive(Debug)]
pub(in crate::propagation) struct Reading {
    path: PathBuf,
    /// `getattr(page, name)`
    call: TextRange,
    scope: ScopeId,
    /// The names that it may be, where all of them are known.
    names: Option<Vec<String>>,
    /// It is a call of `getattr` without a default.
    is_plain: bool,
    /// The class of the object; none where that is not known.
    class: Option<(PathBuf, ScopeId)>,
    /// Its name.
    class_name: String,
}

/// What a project reads by texts, and which of its classes inherit from which, by their names.
#[derive(Debug, Default)]
pub(in crate::propagation) struct Readings {
    all: Vec<Reading>,
    /// Attributes that patterns and formats read: the name and where.
    elsewhere: Vec<(String, PathBuf, TextRange)>,
    /// A class, and one that it inherits from.
    bases: Vec<(String, String)>,
}

impl Propagation<'_> {
    /// Whether a property may give a coroutine: the user consents to it, and it is read only.
    pub(in crate::propagation) fn may_be_awaited(&self, node: usize) -> bool {
        if self.options.asyncify != Asyncify::Project || !self.options.allows_unsafe(ID) {
            return false;
        }
        let File { path, outline } = &self.files[self.nodes[node].file];
        let own = &outline.definitions[self.nodes[node].definition];
        if outline.is_test || own.class.is_none() || own.kind != Kind::Coroutine {
            return false;
        }
        let Some(text) = self.project.sources.text(path) else {
            return false;
        };
        let Ok(module) = Module::parse(&text, self.options.target) else {
            return false;
        };
        let tree = Tree::new(&module);
        let AnyNodeRef::StmtFunctionDef(function) = tree.node(tree.scope(own.scope).node) else {
            return false;
        };
        matches!(&function.decorator_list[..], [only]
            if matches!(&only.expression, ast::Expr::Name(name) if name.id.as_str() == "property"
                && tree.lookup("property", ScopeId::MODULE).is_none()))
    }

    /// Whether a function is a property.
    pub(in crate::propagation) fn is_property(&self, node: usize) -> bool {
        let node = &self.nodes[node];
        let own = &self.files[node.file].outline.definitions[node.definition];
        own.walls.iter().any(|wall| wall.reason == "property")
    }

    /// What a use of a property asks for that one of another function would not; the place that has
    /// to be awaited, or why there is none.
    pub(in crate::propagation) fn read(
        &mut self,
        node: usize,
        found: &Use,
    ) -> Option<Result<Use, Obstacle>> {
        if found.certainty == Certainty::Unknown {
            return None;
        }
        match &found.role {
            Role::Property { awaited: false } => {
                if self.is_read_on_a_class(found) {
                    return Some(Err(Obstacle::new(
                        "property",
                        found.range,
                        "the property itself is used here, not what it gives",
                    )));
                }
                Some(Ok(Use {
                    role: Role::Call {
                        call: found.range,
                        awaited: false,
                    },
                    ..found.clone()
                }))
            }
            Role::String => Some(Err(by_text(found.range))),
            Role::Override(other) => {
                let file = self.file(&other.path)?;
                let at = self.files[file].outline.definition_of(other.scope)?;
                let other = self.node(file, at);
                (self.is_property(other) != self.is_property(node)).then(|| {
                    Err(Obstacle::new(
                        "different-kinds",
                        found.range,
                        "one of the two is a property, and the other one is not",
                    ))
                })
            }
            _ => None,
        }
    }

    fn is_read_on_a_class(&self, found: &Use) -> bool {
        let Some(text) = self.project.sources.text(&found.path) else {
            return true;
        };
        let Ok(module) = Module::parse(&text, PythonVersion::latest()) else {
            return true;
        };
        let tree = Tree::new(&module);
        let mut starting = tree.starting_in(found.range);
        let attribute = starting.find_map(|id| match tree.node(id) {
            AnyNodeRef::ExprAttribute(one) if one.range == found.range => Some(one),
            _ => None,
        });
        let Some(attribute) = attribute else {
            return true;
        };
        let evaluator = Evaluator::new(self.project, &found.path, Facts::of(&tree));
        let scope = tree.scope_of(tree.id(&*attribute.value));
        match evaluator.type_of(scope, &Term::of(&attribute.value, &tree)) {
            Type::OneOf(parts) => parts.iter().any(|part| matches!(part, Type::Class(..))),
            value => matches!(value, Type::Class(..)),
        }
    }

    /// The places that may read a property by a name that is not written there: those that can be
    /// awaited, as calls of the property and of what else they may read.
    pub(in crate::propagation) fn read_by_text(
        &mut self,
        node: usize,
        needs: &mut Needs,
    ) -> Vec<Use> {
        if self.readings.is_none() {
            self.readings = Some(Readings::of(self.project));
        }
        let own = &self.nodes[node];
        let File { path, outline } = &self.files[own.file];
        let (home, outline) = (path.clone(), std::rc::Rc::clone(outline));
        let definition = &outline.definitions[own.definition];
        let name = self.name(node).0;
        let class_name = definition.class.clone().unwrap_or_default();
        let text = |path: &Path| self.project.sources.text(path).unwrap_or_default();
        let own_scope = &Definition {
            path: home.clone(),
            scope: definition.scope,
        };
        let own_class = parent_of(&text(&home), definition.scope);
        let mut uses = Vec::new();
        let readings = self.readings.take().unwrap_or_default();
        if let Some((_, path, at)) = readings.elsewhere.iter().find(|(other, ..)| *other == name) {
            let obstacle = Obstacle::new(
                "property",
                *at,
                "a pattern or the format of a text reads an attribute of this name, and cannot await it",
            )
            .remedy("Read the attribute by its name.");
            needs.walls.push((path.clone(), obstacle));
        }
        for reading in &readings.all {
            if let Some(names) = &reading.names
                && !names.contains(&name)
            {
                continue;
            }
            let sibling = |name: &str| {
                let wanted = definition.qualified.rsplit_once('.')?.0;
                let wanted = format!("{wanted}.{name}");
                let mut all = outline
                    .definitions
                    .iter()
                    .filter(|one| one.qualified == wanted);
                let first = all.next()?;
                let is_property = first.walls.iter().any(|wall| wall.reason == "property");
                (is_property && all.next().is_none()).then_some(Definition {
                    path: home.clone(),
                    scope: first.scope,
                })
            };
            let known = match (&reading.names, &reading.class) {
                (Some(names), Some((path, scope))) if reading.is_plain && *path == home => {
                    (Some(*scope) == own_class)
                        .then(|| {
                            let others = names.iter().filter(|other| **other != name);
                            others
                                .map(|other| sibling(other))
                                .collect::<Option<Vec<_>>>()
                        })
                        .flatten()
                }
                _ => None,
            };
            if let Some(others) = known {
                let certainty = if others.is_empty() {
                    Certainty::Exact
                } else {
                    Certainty::OneOf
                };
                uses.push(Use {
                    path: reading.path.clone(),
                    range: reading.call,
                    scope: reading.scope,
                    role: Role::Call {
                        call: reading.call,
                        awaited: false,
                    },
                    certainty,
                    others,
                });
                continue;
            }
            let unrelated =
                reading.class.is_some() && !readings.may_share(&reading.class_name, &class_name);
            if !unrelated && !self.is_read_above(reading, &name, own_scope, needs) {
                needs
                    .walls
                    .push((reading.path.clone(), by_text(reading.call)));
            }
        }
        self.readings = Some(readings);
        uses
    }

    /// Whether a place reads the property of this name in another class, which is then among what
    /// becomes a coroutine function together, and whose uses the place is one of.
    fn is_read_above(
        &mut self,
        reading: &Reading,
        name: &str,
        own: &Definition,
        needs: &mut Needs,
    ) -> bool {
        let is_plain = reading.is_plain && reading.names.is_some();
        let Some((path, _)) = reading.class.as_ref().filter(|_| is_plain) else {
            return false;
        };
        let Some(file) = self.file(path) else {
            return false;
        };
        let outline = std::rc::Rc::clone(&self.files[file].outline);
        let wanted = format!("{}.{name}", reading.class_name);
        let named = (0..outline.definitions.len())
            .filter(|at| outline.definitions[*at].qualified == wanted);
        let named: Vec<usize> = named.collect();
        let [other] = named[..] else { return false };
        if *path == own.path && outline.definitions[other].scope == own.scope {
            return false;
        }
        let other = self.node(file, other);
        if !self.is_property(other) {
            return false;
        }
        needs.nodes.push(other);
        true
    }
}

fn by_text(at: TextRange) -> Obstacle {
    Obstacle::new(
        "property",
        at,
        "an attribute is read here by a text, which may be that of this property",
    )
    .remedy("Read the attribute by its name.")
}

/// The scope around another one.
fn parent_of(text: &str, scope: ScopeId) -> Option<ScopeId> {
    let module = Module::parse(text, PythonVersion::latest()).ok()?;
    Some(Tree::new(&module).scope(scope).parent)
}

/// Functions that read attributes by texts.
const READERS: &[&str] = &[
    "getattr",
    "hasattr",
    "attrgetter",
    "getattr_static",
    "getmembers",
];

impl Readings {
    /// Every place of the project that reads an attribute by a name which is not written there.
    fn of(project: &Project) -> Self {
        let found = Mutex::new(Self::default());
        project.sources.each(&|path, text| {
            let mut own = Self::default();
            let mut words = READERS.iter().chain(&["case ", "{"]);
            if words.any(|word| text.contains(word)) {
                own.read(project, &project.sources.absolute(path), text);
            }
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.all.append(&mut own.all);
            found.elsewhere.append(&mut own.elsewhere);
            found.bases.extend(bases(text));
        });
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found
            .all
            .sort_by(|a, b| (&a.path, a.call.start()).cmp(&(&b.path, b.call.start())));
        found
            .elsewhere
            .sort_by(|a, b| (&a.1, a.2.start(), &a.0).cmp(&(&b.1, b.2.start(), &b.0)));
        found
    }

    /// Takes down what one file reads.
    fn read(&mut self, project: &Project, path: &Path, text: &str) {
        let Ok(module) = Module::parse(text, PythonVersion::latest()) else {
            return;
        };
        let tree = Tree::new(&module);
        if READERS.iter().any(|word| text.contains(word)) {
            self.all = readings_in(project, path, &tree);
        }
        for id in tree.ids() {
            match tree.node(id) {
                AnyNodeRef::PatternKeyword(keyword) => {
                    let name = keyword.attr.as_str().to_owned();
                    self.elsewhere.push((name, path.to_owned(), keyword.range));
                }
                AnyNodeRef::ExprStringLiteral(literal) => {
                    let names = formatted(literal.value.to_str());
                    let place = |name: &str| (name.to_owned(), path.to_owned(), literal.range());
                    self.elsewhere.extend(names.into_iter().map(place));
                }
                _ => {}
            }
        }
    }

    /// Whether an object may be an instance of two classes, going by the names of classes.
    fn may_share(&self, one: &str, other: &str) -> bool {
        let below = |class: &str| {
            let mut all = BTreeSet::from([class.to_owned()]);
            let mut open = vec![class.to_owned()];
            while let Some(above) = open.pop() {
                for (class, base) in &self.bases {
                    if *base == above && all.insert(class.clone()) {
                        open.push(class.clone());
                    }
                }
            }
            all
        };
        !below(one).is_disjoint(&below(other))
    }
}

/// The classes that a text defines, each with every name in its header.
fn bases(text: &str) -> Vec<(String, String)> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in text.match_indices("class ") {
        if text[..at].ends_with(is_part) {
            continue;
        }
        let rest = text[at + "class ".len()..].trim_start();
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (class, header) = rest.split_at(end);
        let header = &header[..header.find(':').unwrap_or(header.len())];
        let names = header
            .split(|c| !is_part(c))
            .filter(|name| !name.is_empty());
        found.extend(names.map(|name| (class.to_owned(), name.to_owned())));
    }
    found
}

/// The attributes that `str.format` reads for a text: `{page.title!r}`.
fn formatted(text: &str) -> Vec<&str> {
    let fields = text.split('{').skip(1).filter_map(|rest| {
        let end = rest.find(['}', '!', ':', ' ', '\n'])?;
        Some(&rest[..end])
    });
    fields
        .flat_map(|field| field.split(['.', '[', ']']).skip(1))
        .filter(|name| !name.is_empty())
        .collect()
}

fn readings_in(project: &Project, path: &Path, tree: &Tree<'_>) -> Vec<Reading> {
    let mut evaluator = None;
    let mut found = Vec::new();
    for id in tree.ids() {
        let AnyNodeRef::ExprCall(call) = tree.node(id) else {
            continue;
        };
        let words = tree.slice(call.func.range());
        let reader = words.rsplit('.').next().unwrap_or_default();
        if !READERS.contains(&reader) {
            continue;
        }
        let arguments = &call.arguments.args;
        let (object, name) = match reader {
            "attrgetter" => (None, arguments.first()),
            "getmembers" => (arguments.first(), None),
            _ => (arguments.first(), arguments.get(1)),
        };
        if name.is_some_and(ast::Expr::is_string_literal_expr) {
            continue;
        }
        let value = object.map(|object| {
            let evaluator =
                evaluator.get_or_insert_with(|| Evaluator::new(project, path, Facts::of(tree)));
            let scope = tree.scope_of(tree.id(object));
            evaluator.type_of(scope, &Term::of(object, tree))
        });
        let class = match value {
            Some(Type::Instance(place, _)) => Some(place),
            // Objects of other kinds have no property of the project.
            Some(
                Type::Module(_)
                | Type::External(_)
                | Type::ExternalInstance(_)
                | Type::Function(_)
                | Type::Class(..)
                | Type::List(_)
                | Type::Mapping(_)
                | Type::Tuple(_),
            ) => continue,
            _ => None,
        };
        found.push(Reading {
            path: path.to_owned(),
            call: call.range(),
            scope: tree.scope_of(id),
            names: name.and_then(|name| names(tree, name)),
            is_plain: words == "getattr"
                && arguments.len() == 2
                && call.arguments.keywords.is_empty(),
            class_name: class
                .as_ref()
                .and_then(|place| place.file.facts.class(place.scope))
                .map(|class| class.name.to_string())
                .unwrap_or_default(),
            class: class.map(|place| (place.file.path.clone(), place.scope)),
        });
    }
    found
}

/// The texts that a variable takes: `for name in ("title", "text"):`, also in a comprehension.
fn names(tree: &Tree<'_>, name: &ast::Expr) -> Option<Vec<String>> {
    let ast::Expr::Name(variable) = name else {
        return None;
    };
    let home = tree.lookup(&variable.id, tree.scope_of(tree.id(variable)))?;
    if home == ScopeId::MODULE || tree.is_rebound_from_inside(home, &variable.id) {
        return None;
    }
    let [only] = tree.bindings(home, &variable.id) else {
        return None;
    };
    let is_target = |target: &ast::Expr| target.range() == tree.node(only.node).range();
    let mut around: Vec<NodeId> = tree.ancestors(only.node).collect();
    around.insert(0, only.node);
    let iterated = around
        .into_iter()
        .find_map(|above| match tree.node(above) {
            AnyNodeRef::StmtFor(node) if is_target(&node.target) => Some(&*node.iter),
            AnyNodeRef::Comprehension(node) if is_target(&node.target) => Some(&node.iter),
            _ => None,
        })?;
    let elements = match iterated {
        ast::Expr::Tuple(display) => &display.elts,
        ast::Expr::List(display) => &display.elts,
        _ => return None,
    };
    let text =
        |element: &ast::Expr| Some(element.as_string_literal_expr()?.value.to_str().to_owned());
    elements.iter().map(text).collect()
}
