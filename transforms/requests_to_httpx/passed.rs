//! A session that may be passed to the constructor of the class that keeps it.

use super::classes::has_word;
use super::keeper::{Keeper, is_test, not_here};
use crate::syntax::{AnyNodeRef, BindingKind, Ranged, ast};
use crate::transform::{FileView, Refusal};

impl<'a> Keeper<'a> {
    /// A session that may be passed in: the annotation of the parameter changes, and nothing in the
    /// file passes one.
    pub(super) fn parameter(
        &mut self,
        file: &FileView<'a>,
        expr: &'a ast::Expr,
    ) -> Result<bool, Refusal> {
        let tree = file.tree;
        let Some(name) = expr.as_name_expr() else {
            return Ok(false);
        };
        let Some(home) = tree.lookup(name.id.as_str(), tree.scope_of(tree.id(name))) else {
            return Ok(false);
        };
        let [only] = tree.bindings(home, name.id.as_str()) else {
            return Ok(false);
        };
        let AnyNodeRef::StmtFunctionDef(function) = tree.node(only.node) else {
            return Ok(false);
        };
        if only.kind != BindingKind::Parameter || function.name.as_str() != "__init__" {
            return Ok(false);
        }
        let Some(parameter) = function
            .parameters
            .iter_non_variadic_params()
            .find(|one| one.name().as_str() == name.id.as_str())
        else {
            return Ok(false);
        };
        let used_elsewhere = tree
            .occurrences(home, name.id.as_str())
            .into_iter()
            .find(|id| {
                matches!(tree.node(*id), AnyNodeRef::ExprName(one)
                if one.ctx.is_load() && one.range != name.range)
                    && !is_test(tree.node(tree.parent(*id)))
            });
        if let Some(other) = used_elsewhere {
            return Err(not_here(
                tree.node(other).range(),
                "The session that is passed in is used for something else, too.",
            ));
        }
        self.check_callers(file, name.id.as_str())?;
        if let Some(annotation) = parameter.annotation() {
            self.annotation(file, annotation);
        }
        Ok(true)
    }

    /// Nothing in the project may pass a session of `requests` to the constructor.
    fn check_callers(&self, file: &FileView<'a>, parameter: &str) -> Result<(), Refusal> {
        let tree = file.tree;
        let names: Vec<&str> = self
            .kept
            .family
            .iter()
            .filter_map(|class| match tree.node(*class) {
                AnyNodeRef::StmtClassDef(class) => Some(class.name.as_str()),
                _ => None,
            })
            .collect();
        let refused = |place: String| {
            Refusal::new(
                "session-parameter",
                format!(
                    "{place} passes a session to `{}`, which would have to be a client of `httpx`.",
                    names[0]
                ),
            )
            .evidence(self.kept.class.name.range, "the class")
            .remedy("Let the object make its session itself.")
        };
        let keyword = format!("{parameter}=");
        let places = std::sync::Mutex::new(Vec::new());
        let here = file.project.sources.absolute(file.path);
        let own = file.path;
        file.project.sources.each(&|path, text| {
            if path != here
                && path != own
                && text.contains(&keyword)
                && names.iter().any(|name| has_word(text, name))
                && let Ok(mut places) = places.lock()
            {
                places.push(path.to_owned());
            }
        });
        let mut places = places.into_inner().unwrap_or_default();
        places.sort();
        if let Some(path) = places.first() {
            return Err(refused(format!("`{}`", path.display())));
        }
        let inside = tree.ids().any(|id| match tree.node(id) {
            AnyNodeRef::ExprCall(call) => {
                matches!(&*call.func, ast::Expr::Name(name) if names.contains(&name.id.as_str()))
                    && call
                        .arguments
                        .keywords
                        .iter()
                        .any(|keyword| keyword.arg.as_deref().is_none_or(|name| name == parameter))
            }
            _ => false,
        });
        if inside {
            return Err(refused("This file".to_owned()));
        }
        Ok(())
    }

    /// The parts of an annotation that name the class of a session.
    pub(super) fn annotation(&mut self, file: &FileView<'a>, annotation: &'a ast::Expr) {
        let tree = file.tree;
        for id in tree
            .descendants(tree.id(annotation))
            .chain([tree.id(annotation)])
        {
            let named = match tree.node(id) {
                AnyNodeRef::ExprAttribute(one) => tree
                    .qualified_name(&one.value)
                    .map(|module| format!("{module}.{}", one.attr)),
                AnyNodeRef::ExprName(one) => tree.qualified_identifier(&one.id, tree.scope_of(id)),
                _ => None,
            };
            if matches!(
                named.as_deref(),
                Some("requests.Session" | "requests.sessions.Session")
            ) {
                let range = tree.node(id).range();
                if !self.annotations.contains(&range) {
                    self.annotations.push(range);
                }
            }
        }
    }
}
