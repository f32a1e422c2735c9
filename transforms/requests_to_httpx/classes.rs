//! Sessions that objects keep in an attribute: every object gets a client, its methods share it,
//! and its class can close it.

use crate::requests::{self, Via};
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, TextRange, ast};
use crate::transform::{Blamed, FileView, Refusal};

/// A session that the objects of a class keep.
pub(super) struct Kept<'a> {
    /// The class that makes it.
    pub(super) class: &'a ast::StmtClassDef,
    /// How its methods write it: `self.session`.
    pub(super) written: &'a str,
    /// The name of the attribute.
    pub(super) attribute: &'a str,
    /// The class and those of this file that are derived from it.
    pub(super) family: Vec<NodeId>,
}
/// The session that the requests of a function, or a `close()`, are about, if an object keeps it.
pub(super) fn of_function<'a>(
    file: &FileView<'a>,
    function: NodeId,
) -> Result<Option<Kept<'a>>, Blamed> {
    let tree = file.tree;
    let scope = tree.scope_opened_by(function);
    let mut found: Option<(&'a ast::StmtClassDef, &'a ast::ExprAttribute)> = None;
    for id in tree.descendants(function) {
        let AnyNodeRef::ExprCall(call) = tree.node(id) else {
            continue;
        };
        if Some(file.function_scope(id)) != scope {
            continue;
        }
        let Some(attribute) = used(file, call) else {
            continue;
        };
        let Some(class) = requests::keeper(file, attribute) else {
            continue;
        };
        match found {
            None => found = Some((class, attribute)),
            Some((_, other)) if file.text(other.range) == file.text(attribute.range) => {}
            Some(_) => {
                return Err((
                    Some(id),
                    Refusal::new(
                        "several-clients",
                        "The function uses two sessions that its object keeps.",
                    )
                    .evidence(attribute.range, "one of them")
                    .remedy("Keep one session."),
                ));
            }
        }
    }
    let Some((class, attribute)) = found else {
        return Ok(None);
    };
    if !file.has_consent() {
        return Err((
            None,
            Refusal::new(
                "session-shared",
                "The methods of an object share this session; a client of `httpx` belongs to one event loop, and whoever uses the object has to close it.",
            )
            .evidence(attribute.range, "the session")
            .remedy("Pass `--unsafe` to give the class a client that its `aclose()` closes, or open a session in the function that uses it.")
            .without_consent(),
        ));
    }
    Ok(Some(Kept {
        class,
        written: file.text(attribute.range),
        attribute: attribute.attr.as_str(),
        family: family(file, class),
    }))
}

/// The `self.session` of a request, or of `self.session.close()`.
fn used<'a>(file: &FileView<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::ExprAttribute> {
    let callee = match requests::site(file, call) {
        Some(site) if site.via == Via::SharedSession => site.callee,
        Some(_) => return None,
        None if closes(file, call) => &*call.func,
        None => return None,
    };
    callee
        .as_attribute_expr()
        .and_then(|method| method.value.as_attribute_expr())
}

/// Whether a call is `self.session.close()` for a session that an object keeps.
pub(super) fn closes(file: &FileView<'_>, call: &ast::ExprCall) -> bool {
    let ast::Expr::Attribute(method) = &*call.func else {
        return false;
    };
    let ast::Expr::Attribute(session) = &*method.value else {
        return false;
    };
    method.attr.as_str() == "close"
        && call.arguments.is_empty()
        && requests::keeper(file, session).is_some()
}

/// A class and the classes of the file that are derived from it.
fn family<'a>(file: &FileView<'a>, class: &'a ast::StmtClassDef) -> Vec<NodeId> {
    let tree = file.tree;
    let mut family = vec![tree.id(class)];
    loop {
        let more: Vec<NodeId> = tree
            .ids()
            .filter(|id| !family.contains(id))
            .filter(|id| match tree.node(*id) {
                AnyNodeRef::StmtClassDef(other) => {
                    requests::bases(file, other).any(|base| family.contains(&base))
                }
                _ => false,
            })
            .collect();
        if more.is_empty() {
            return family;
        }
        family.extend(more);
    }
}

impl<'a> Kept<'a> {
    /// The node that stands for the class.
    pub(super) fn id(&self, file: &FileView<'_>) -> NodeId {
        file.tree.id(self.class)
    }

    /// The functions with requests through the session; every one is a coroutine function.
    pub(super) fn functions(&self, file: &FileView<'a>) -> Result<Vec<NodeId>, Blamed> {
        let tree = file.tree;
        let mut functions = Vec::new();
        for class in &self.family {
            for id in tree.descendants(*class) {
                let AnyNodeRef::ExprCall(call) = tree.node(id) else {
                    continue;
                };
                if used(file, call).is_none_or(|one| file.text(one.range) != self.written) {
                    continue;
                }
                if !file.stands_in_coroutine(id) {
                    return Err((
                        Some(id),
                        Refusal::new(
                            "session-shared",
                            "The session is also used in a function that is no coroutine function.",
                        )
                        .evidence(call.range(), "here")
                        .remedy("Make that function an `async def`, too."),
                    ));
                }
                if let Some(function) = file.enclosing_function(id)
                    && requests::site(file, call).is_some()
                    && !functions.contains(&function)
                {
                    functions.push(function);
                }
            }
        }
        Ok(functions)
    }

    /// The calls that close the session.
    pub(super) fn ends(&self, file: &FileView<'a>) -> Vec<TextRange> {
        let tree = file.tree;
        let calls = self
            .family
            .iter()
            .flat_map(|class| tree.descendants(*class));
        calls
            .filter_map(|id| match tree.node(id) {
                AnyNodeRef::ExprCall(call)
                    if closes(file, call)
                        && used(file, call)
                            .is_some_and(|one| file.text(one.range) == self.written) =>
                {
                    Some(call.range())
                }
                _ => None,
            })
            .collect()
    }

    /// What its methods call the object.
    pub(super) fn receiver(&self) -> &'a str {
        self.written.split('.').next().unwrap_or("self")
    }

    pub(super) fn is_settled(&self, file: &FileView<'_>, expr: NodeId, made: NodeId) -> bool {
        super::connection::is_settled(file, expr, made, self.receiver())
    }

    /// Whether an expression is the object in a method of the class.
    pub(super) fn is_self(&self, file: &FileView<'_>, expr: &ast::Expr) -> bool {
        method_of(file, expr).is_some_and(|method| {
            self.family
                .iter()
                .any(|class| *class == file.tree.parent(method))
        })
    }
}

/// The method whose first parameter a name stands for.
pub(super) fn method_of(file: &FileView<'_>, expr: &ast::Expr) -> Option<NodeId> {
    let tree = file.tree;
    let name = expr.as_name_expr()?;
    let home = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name)))?;
    let [only] = tree.bindings(home, name.id.as_str()) else {
        return None;
    };
    let AnyNodeRef::StmtFunctionDef(function) = tree.node(only.node) else {
        return None;
    };
    let first = function.parameters.iter_non_variadic_params().next()?;
    let plain = function.decorator_list.iter().all(|decorator| {
        !matches!(&decorator.expression, ast::Expr::Name(name)
            if matches!(name.id.as_str(), "staticmethod" | "classmethod"))
    });
    (only.kind == BindingKind::Parameter
        && first.name().as_str() == name.id.as_str()
        && plain
        && matches!(
            tree.node(tree.parent(only.node)),
            AnyNodeRef::StmtClassDef(_)
        ))
    .then_some(only.node)
}

/// An object that is copied or pickled would take the client along.
pub(super) fn check_copies(file: &FileView<'_>, kept: &Kept<'_>) -> Result<(), Refusal> {
    const COPYING: &[&str] = &[
        "__getstate__",
        "__setstate__",
        "__reduce__",
        "__reduce_ex__",
        "__copy__",
        "__deepcopy__",
    ];
    let tree = file.tree;
    let found = kept.family.iter().find_map(|class| {
        let AnyNodeRef::StmtClassDef(class) = tree.node(*class) else {
            return None;
        };
        class.body.iter().find_map(|stmt| match stmt {
            ast::Stmt::FunctionDef(method) if COPYING.contains(&method.name.as_str()) => {
                Some(&method.name)
            }
            _ => None,
        })
    });
    match found {
        None => Ok(()),
        Some(name) => Err(Refusal::new(
            "session-use",
            "Objects of this class are copied or pickled, which a client of `httpx` cannot be.",
        )
        .evidence(name.range, "here")
        .remedy("Keep the session out of the copies.")),
    }
}

/// Another file that names the class and the attribute may use the session.
pub(super) fn check_other_files(file: &FileView<'_>, kept: &Kept<'_>) -> Result<(), Refusal> {
    let tree = file.tree;
    let here = file.project.sources.absolute(file.path);
    let own = file.path;
    let names: Vec<&str> = kept
        .family
        .iter()
        .filter_map(|class| match tree.node(*class) {
            AnyNodeRef::StmtClassDef(class) => Some(class.name.as_str()),
            _ => None,
        })
        .collect();
    let attribute = format!(".{}", kept.attribute);
    let places = std::sync::Mutex::new(Vec::new());
    file.project.sources.each(&|path, text| {
        if path == here || path == own || !has_word(text, &attribute) {
            return;
        }
        // A class of the same name is another one.
        let is_named =
            |name: &&str| has_word(text, name) && !has_word(text, &format!("class {name}"));
        if names.iter().any(is_named)
            && let Ok(mut places) = places.lock()
        {
            places.push(path.to_owned());
        }
    });
    let mut places = places.into_inner().unwrap_or_default();
    places.sort();
    match places.first() {
        None => Ok(()),
        Some(path) => Err(Refusal::new(
            "session-escapes",
            format!(
                "`{}` mentions `{}` and `{attribute}`, so that it may use the session.",
                path.display(),
                names[0]
            ),
        )
        .evidence(kept.class.name.range, "the class")
        .remedy("Use the session in the methods of its class only.")),
    }
}

pub(super) fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        (word.starts_with('.') || !text[..at].ends_with(is_part))
            && !text[at + word.len()..].starts_with(is_part)
    })
}
