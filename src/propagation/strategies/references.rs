//! Functions that are handed on to somebody who only calls them: a parameter of a function of the
//! project, or a variable of one. What is handed on and who calls it become coroutine functions
//! together.

use crate::index::{Callee, Certainty, Definition, Indexed, Named, Resolver, Role, Use};
use crate::options::Asyncify;
use crate::propagation::group::CallSite;
use crate::propagation::lift::{Kind, callables};
use crate::propagation::needs::Needs;
use crate::propagation::solve::Propagation;
use crate::syntax::{
    AnyNodeRef, BindingKind, Module, NodeId, Ranged, ScopeId, TextRange, Tree, ast,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

/// A parameter or variable that holds functions.
struct Holder {
    /// The function that calls them.
    owner: Definition,
    name: String,
    /// Its place among the parameters, without that of the object of a method.
    parameter: Option<Parameter>,
    /// Where they are called.
    calls: Vec<TextRange>,
    /// The values of a variable.
    values: Vec<TextRange>,
}

struct Parameter {
    at: Option<usize>,
    /// It may be left out.
    is_optional: bool,
}

impl Propagation<'_> {
    /// What it takes that a function is handed on where a use says so; `None` where whoever gets it
    /// may do something else with it than to call it.
    pub(in crate::propagation) fn handed_on(&mut self, found: &Use) -> Option<Needs> {
        if self.options.asyncify == Asyncify::Twins
            || found.role != Role::Value
            || found.certainty != Certainty::Exact
        {
            return None;
        }
        let holder = self.holder(&found.path, found.range)?;
        let functions = match &holder.parameter {
            Some(parameter) => self.given(&holder, parameter)?,
            None => self.functions(&holder.owner.path, &holder.values)?,
        };
        let mut needs = Needs::default();
        for function in functions {
            let file = self.file(&function.path)?;
            let at = self.files[file].outline.definition_of(function.scope)?;
            let definition = &self.files[file].outline.definitions[at];
            if definition.is_async || definition.kind != Kind::Coroutine {
                return None;
            }
            let node = self.node(file, at);
            if self.is_entry_point(node) {
                return None;
            }
            needs.nodes.push(node);
        }
        let path = holder.owner.path.as_path();
        let file = self.file(path)?;
        let at = self.files[file].outline.definition_of(holder.owner.scope)?;
        if self.files[file].outline.definitions[at].is_async {
            needs.meets_coroutines = true;
        } else {
            let owner = self.node(file, at);
            needs.nodes.push(owner);
        }
        if !(self.may_change)(path) {
            return None;
        }
        needs.calls = holder
            .calls
            .iter()
            .map(|range| CallSite {
                path: path.to_owned(),
                range: *range,
                kind: Kind::Coroutine,
                line: self.files[file].outline.line(range.start()),
                twin: false,
            })
            .collect();
        Some(needs)
    }

    /// What it takes that a function is found by its name, which is written there, and kept in a
    /// variable that is only called: `refresh = getattr(self.owner, "refresh", None)`.
    pub(in crate::propagation) fn found_by_name(&mut self, found: &Use) -> Option<Needs> {
        if self.options.asyncify == Asyncify::Twins
            || found.role != Role::String
            || found.certainty == Certainty::Unknown
            || !(self.may_change)(&found.path)
        {
            return None;
        }
        let text = self.project.sources.text(&found.path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        let tree = Tree::new(&module);
        let call = got(&tree, found.range)?;
        let holder = variable(&tree, &found.path, call)?;
        let [_] = holder.values[..] else {
            return None;
        };
        let file = self.file(&found.path)?;
        let outline = Rc::clone(&self.files[file].outline);
        let around = outline.definition_of(holder.owner.scope)?;
        let mut needs = Needs::default();
        if outline.definitions[around].is_async {
            needs.meets_coroutines = true;
        } else {
            needs.nodes.push(self.node(file, around));
        }
        for other in &found.others {
            needs.nodes.extend(self.plain(other, Kind::Coroutine).ok()?);
        }
        needs.calls = holder
            .calls
            .iter()
            .map(|range| CallSite {
                path: found.path.clone(),
                range: *range,
                kind: Kind::Coroutine,
                line: outline.line(range.start()),
                twin: false,
            })
            .collect();
        Some(needs)
    }

    /// What gets a function at a place.
    fn holder(&self, path: &Path, value: TextRange) -> Option<Holder> {
        let text = self.project.sources.text(path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        let tree = Tree::new(&module);
        let id = tree
            .starting_in(value)
            .find(|id| tree.node(*id).range() == value)?;
        if let Some(holder) = variable(&tree, path, id) {
            return Some(holder);
        }
        let (call, keyword) = argument(&tree, id)?;
        let callees = Indexed::new(self.project, path, &tree).callees(&call.func)?;
        let [
            Callee {
                named: Named::Definition(owner),
                ..
            },
        ] = callees.as_slice()
        else {
            return None;
        };
        if self.project.is_outside(&owner.path) {
            return None;
        }
        let place = call
            .arguments
            .args
            .iter()
            .position(|one| one.range() == value);
        let text = self.project.sources.text(&owner.path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        parameter(&Tree::new(&module), owner, keyword, place)
    }

    /// The functions that all callers give for a parameter.
    fn given(&mut self, holder: &Holder, parameter: &Parameter) -> Option<BTreeSet<Definition>> {
        let uses = self
            .project
            .uses_of(std::slice::from_ref(&holder.owner))
            .pop()?;
        if uses.unknown_base || !uses.outside.is_empty() {
            return None;
        }
        let mut functions = BTreeSet::new();
        for found in &uses.uses {
            let call = match found.role {
                Role::Import => continue,
                Role::Call { call, .. } if found.certainty == Certainty::Exact => call,
                _ => return None,
            };
            let value = self.value(&found.path, call, holder, parameter)?;
            functions.extend(self.functions(&found.path, &value)?);
        }
        Some(functions)
    }

    /// What one call gives for a parameter, if it gives something.
    fn value(
        &self,
        path: &Path,
        call: TextRange,
        holder: &Holder,
        parameter: &Parameter,
    ) -> Option<Vec<TextRange>> {
        let text = self.project.sources.text(path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        let tree = Tree::new(&module);
        let call = tree.call_at(call)?;
        let arguments = &call.arguments;
        let named = arguments
            .find_keyword(&holder.name)
            .map(|keyword| &keyword.value);
        let starred = arguments.args.iter().any(ast::Expr::is_starred_expr);
        let unpacked = arguments.keywords.iter().any(|one| one.arg.is_none());
        let given = match named {
            Some(value) => Some(value),
            None if starred || unpacked => return None,
            None => parameter.at.and_then(|at| arguments.args.get(at)),
        };
        match given {
            None => parameter.is_optional.then(Vec::new),
            Some(value) if value.is_none_literal_expr() && parameter.is_optional => {
                Some(Vec::new())
            }
            Some(value) => Some(vec![value.range()]),
        }
    }

    /// The functions of the project that some expressions stand for.
    fn functions(&self, path: &Path, values: &[TextRange]) -> Option<BTreeSet<Definition>> {
        let text = self.project.sources.text(path)?;
        let module = Module::parse(&text, self.options.target).ok()?;
        let tree = Tree::new(&module);
        let resolver = Indexed::new(self.project, path, &tree);
        let mut found = BTreeSet::new();
        for value in values {
            let expr = tree
                .starting_in(*value)
                .find_map(|id| expression(&tree, id).filter(|expr| expr.range() == *value))?;
            let callees = resolver.callees(expr)?;
            for callee in callees {
                let Named::Definition(function) = callee.named else {
                    return None;
                };
                let text = self.project.sources.text(&function.path)?;
                let module = Module::parse(&text, self.options.target).ok()?;
                let tree = Tree::new(&module);
                let is_plain = matches!(
                    tree.node(tree.scope(function.scope).node),
                    AnyNodeRef::StmtFunctionDef(_)
                );
                if !is_plain || self.project.is_outside(&function.path) {
                    return None;
                }
                found.insert(function);
            }
        }
        Some(found)
    }
}

/// The call that gets an attribute by a name that is written there: `getattr(owner, "refresh")`,
/// also with `None` for where there is none.
fn got(tree: &Tree<'_>, name: TextRange) -> Option<NodeId> {
    let id = tree
        .starting_in(name)
        .find(|id| tree.node(*id).is_expression() && tree.node(*id).range() == name)?;
    let (call, None) = argument(tree, id)? else {
        return None;
    };
    let is_getattr = matches!(&*call.func, ast::Expr::Name(callee)
        if callee.id.as_str() == "getattr"
            && tree.lookup("getattr", tree.scope_of(tree.id(callee))).is_none());
    let is_name = call.arguments.args.get(1).map(Ranged::range) == Some(name);
    let default = call.arguments.args.get(2);
    let is_plain =
        call.arguments.keywords.is_empty() && default.is_none_or(ast::Expr::is_none_literal_expr);
    (is_getattr && is_name && is_plain).then(|| tree.id(call))
}

/// A name or attribute.
fn expression<'t>(tree: &Tree<'t>, id: NodeId) -> Option<&'t ast::Expr> {
    // The nodes of a tree are borrowed by their kinds; the expression is found in what holds it.
    let here = tree.node(id).range();
    let is = |expr: &&'t ast::Expr| expr.range() == here;
    match tree.node(tree.parent(id)) {
        AnyNodeRef::StmtAssign(assign) => Some(&*assign.value).filter(is),
        AnyNodeRef::ExprIf(choice) => [&*choice.body, &*choice.orelse].into_iter().find(is),
        AnyNodeRef::Arguments(arguments) => arguments.args.iter().find(is),
        AnyNodeRef::Keyword(keyword) => Some(&keyword.value).filter(is),
        _ => None,
    }
}

/// The call that a value is an argument of, and the keyword.
fn argument<'t>(tree: &Tree<'t>, id: NodeId) -> Option<(&'t ast::ExprCall, Option<&'t str>)> {
    let parent = tree.parent(id);
    let (arguments, keyword) = match tree.node(parent) {
        AnyNodeRef::Arguments(_) => (parent, None),
        AnyNodeRef::Keyword(keyword) => (tree.parent(parent), Some(keyword.arg.as_ref()?.as_str())),
        _ => return None,
    };
    match tree.node(tree.parent(arguments)) {
        AnyNodeRef::ExprCall(call) => Some((call, keyword)),
        _ => None,
    }
}

/// The parameter of a function that gets an argument, if it is only called.
fn parameter(
    tree: &Tree<'_>,
    owner: &Definition,
    keyword: Option<&str>,
    place: Option<usize>,
) -> Option<Holder> {
    let function = tree.scope(owner.scope).node;
    let AnyNodeRef::StmtFunctionDef(definition) = tree.node(function) else {
        return None;
    };
    let is_method = matches!(
        tree.node(tree.parent(function)),
        AnyNodeRef::StmtClassDef(_)
    );
    if !definition.decorator_list.is_empty() {
        return None;
    }
    let parameters = &definition.parameters;
    let plain: Vec<&ast::ParameterWithDefault> = parameters
        .posonlyargs
        .iter()
        .chain(&parameters.args)
        .collect();
    let skipped = usize::from(is_method);
    let all = plain.iter().copied().chain(&parameters.kwonlyargs);
    let found = match (keyword, place) {
        (Some(name), _) => { all }.find(|one| one.parameter.name.as_str() == name)?,
        (None, Some(place)) => plain.get(place + skipped)?,
        (None, None) => return None,
    };
    if found
        .parameter
        .annotation
        .as_deref()
        .is_some_and(|annotation| {
            let may_say = !definition.is_async && callables::result(tree, annotation).is_some();
            !may_say && !callables::says_nothing(tree, annotation)
        })
    {
        return None;
    }
    let is_optional = match found.default.as_deref() {
        None => false,
        Some(default) => default.is_none_literal_expr().then_some(true)?,
    };
    let name = found.parameter.name.as_str();
    let [only] = tree.bindings(owner.scope, name) else {
        return None;
    };
    if only.kind != BindingKind::Parameter || tree.is_rebound_from_inside(owner.scope, name) {
        return None;
    }
    let at = plain
        .iter()
        .position(|one| one.parameter.name.range == found.parameter.name.range);
    Some(Holder {
        owner: owner.clone(),
        name: name.to_owned(),
        parameter: Some(Parameter {
            at: at.map(|at| at.checked_sub(skipped)).unwrap_or_default(),
            is_optional,
        }),
        calls: calls(tree, owner.scope, name, &[])?,
        values: Vec::new(),
    })
}

/// The variable of a function that a value is assigned to, if it is only called:
/// `read = fetch if remote else load`.
fn variable(tree: &Tree<'_>, path: &Path, id: NodeId) -> Option<Holder> {
    let mut above = tree.parent(id);
    if matches!(tree.node(above), AnyNodeRef::ExprIf(choice)
        if choice.test.range() != tree.node(id).range())
    {
        above = tree.parent(above);
    }
    let AnyNodeRef::StmtAssign(assign) = tree.node(above) else {
        return None;
    };
    let [ast::Expr::Name(target)] = assign.targets.as_slice() else {
        return None;
    };
    let name = target.id.as_str();
    let home = tree.lookup(name, tree.scope_of(above))?;
    let function = tree.scope(home).node;
    if home != tree.function_scope(above)
        || !matches!(tree.node(function), AnyNodeRef::StmtFunctionDef(_))
        || tree.is_rebound_from_inside(home, name)
    {
        return None;
    }
    let mut values = Vec::new();
    let mut targets = Vec::new();
    for binding in tree.bindings(home, name) {
        let AnyNodeRef::StmtAssign(assign) = tree.node(tree.parent(binding.node)) else {
            return None;
        };
        let [ast::Expr::Name(target)] = assign.targets.as_slice() else {
            return None;
        };
        if target.range != binding.range {
            return None;
        }
        targets.push(target.range);
        match &*assign.value {
            ast::Expr::If(choice) => {
                values.extend([choice.body.range(), choice.orelse.range()]);
            }
            value => values.push(value.range()),
        }
    }
    Some(Holder {
        owner: Definition {
            path: path.to_owned(),
            scope: home,
        },
        name: name.to_owned(),
        parameter: None,
        calls: calls(tree, home, name, &targets)?,
        values,
    })
}

/// The calls of a name of a function, if nothing else is done with it than to ask whether it is
/// there.
fn calls(
    tree: &Tree<'_>,
    home: ScopeId,
    name: &str,
    targets: &[TextRange],
) -> Option<Vec<TextRange>> {
    let mut found = Vec::new();
    for id in tree.occurrences(home, name) {
        let range = tree.node(id).range();
        if targets.contains(&range) {
            continue;
        }
        let AnyNodeRef::ExprName(occurrence) = tree.node(id) else {
            continue;
        };
        if !occurrence.ctx.is_load() {
            return None;
        }
        match tree.node(tree.parent(id)) {
            AnyNodeRef::ExprCall(call) if call.func.range() == range => {
                if tree.function_scope(id) != home {
                    return None;
                }
                found.push(call.range());
            }
            AnyNodeRef::StmtIf(_) | AnyNodeRef::ElifElseClause(_) => {}
            AnyNodeRef::ExprIf(choice) if choice.test.range() == range => {}
            AnyNodeRef::ExprUnaryOp(operation) if operation.op == ast::UnaryOp::Not => {}
            AnyNodeRef::ExprCompare(compare)
                if compare
                    .comparators
                    .iter()
                    .all(ast::Expr::is_none_literal_expr) => {}
            _ => return None,
        }
    }
    (!found.is_empty()).then_some(found)
}
