//! Whether the work of a plain function can be done in a thread while other tasks run: it changes
//! nothing that anybody else can reach, and calls only what does not either.

mod known;

use crate::propagation::outline::Obstacle;
use crate::syntax::{
    AnyNodeRef, Binding, BindingKind, NodeId, Ranged, ScopeId, ScopeKind, TextRange, TextSize,
    Tree, ast,
};
use known::{BUILTINS, CONSTANT, HARMLESS, HARMLESS_MODULES, READING};

/// How much of an object the function has for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Others may have it, too.
    Shared,
    /// The object, but not what is in it.
    Shell,
    /// All of it; or it cannot change.
    Own,
}

/// A function of the project that is called.
pub(super) enum Callee {
    /// One of the same file, by where its identifier starts.
    Here(TextSize),
    /// A method of the object itself.
    Method(TextSize),
    /// `pkg.mod.name`, perhaps with dots in front.
    Dotted(String),
}

/// The reason of every refusal here.
pub(super) const REASON: &str = "not-safe-in-a-thread";

/// Looks at a function; the answer is what its result is to the caller.
pub(super) fn of_function(
    tree: &Tree<'_>,
    function: NodeId,
    ask: &mut dyn FnMut(Callee, TextRange) -> Result<Level, Obstacle>,
) -> Result<Level, Obstacle> {
    let AnyNodeRef::StmtFunctionDef(definition) = tree.node(function) else {
        return Err(unsafe_here(TextRange::default(), "it is no function"));
    };
    let Some(scope) = tree.scope_opened_by(function) else {
        return Err(unsafe_here(definition.name.range, "it is no function"));
    };
    let mut work = Work {
        tree,
        definition,
        scope,
        ask,
        looking_at: Vec::new(),
    };
    if let Some(decorator) = definition.decorator_list.iter().find(|decorator| {
        !matches!(
            tree.slice(decorator.expression.range()),
            "staticmethod" | "classmethod"
        )
    }) {
        return Err(unsafe_here(
            decorator.range,
            "what its decorator does is not known",
        ));
    }
    let body: Vec<NodeId> = definition
        .body
        .iter()
        .flat_map(|stmt| {
            let id = tree.id(stmt);
            std::iter::once(id).chain(tree.descendants(id))
        })
        .collect();
    let mut result = Level::Own;
    for id in body {
        if let AnyNodeRef::StmtReturn(stmt) = tree.node(id)
            && let Some(value) = stmt.value.as_deref()
        {
            result = result.min(work.level(value));
        }
        work.check(id)?;
    }
    Ok(result)
}

fn unsafe_here(at: TextRange, why: &str) -> Obstacle {
    Obstacle::new(REASON, at, why)
}

struct Work<'t, 'a> {
    tree: &'t Tree<'a>,
    definition: &'a ast::StmtFunctionDef,
    scope: ScopeId,
    ask: &'t mut dyn FnMut(Callee, TextRange) -> Result<Level, Obstacle>,
    /// The local names whose values are being looked at.
    looking_at: Vec<String>,
}

impl<'a> Work<'_, 'a> {
    fn check(&mut self, id: NodeId) -> Result<(), Obstacle> {
        let tree = self.tree;
        let node = tree.node(id);
        let refuse = |why: &str| Err(unsafe_here(node.range(), why));
        match node {
            AnyNodeRef::StmtGlobal(_) | AnyNodeRef::StmtNonlocal(_) => {
                refuse("it changes variables that others can see")
            }
            AnyNodeRef::StmtFunctionDef(_)
            | AnyNodeRef::StmtClassDef(_)
            | AnyNodeRef::ExprLambda(_) => {
                refuse("what becomes of the function in it is not known")
            }
            AnyNodeRef::StmtImport(_) | AnyNodeRef::StmtImportFrom(_) => {
                refuse("it imports a module, which runs code that is not known")
            }
            AnyNodeRef::ExprYield(_) | AnyNodeRef::ExprYieldFrom(_) | AnyNodeRef::ExprAwait(_) => {
                refuse("it gives its items one at a time")
            }
            AnyNodeRef::ExprName(name) if name.id.as_str() == "StopIteration" => {
                refuse("a `StopIteration` does not come out of a thread")
            }
            AnyNodeRef::ExprCall(call) => self.call(call).map(drop),
            AnyNodeRef::StmtFor(loop_) => self.iterated(&loop_.iter),
            AnyNodeRef::Comprehension(clause) => self.iterated(&clause.iter),
            AnyNodeRef::ExprStarred(starred) => self.iterated(&starred.value),
            AnyNodeRef::StmtAugAssign(assign) => {
                if let ast::Expr::Name(name) = &*assign.target
                    && self.of_name(name) == Level::Shared
                {
                    return refuse("it changes something that others may have, too");
                }
                Ok(())
            }
            AnyNodeRef::ExprAttribute(attribute) if !attribute.ctx.is_load() => {
                self.stored(&attribute.value, node.range())
            }
            AnyNodeRef::ExprSubscript(item) if !item.ctx.is_load() => {
                self.stored(&item.value, node.range())
            }
            AnyNodeRef::ExprAttribute(attribute) => self.read(attribute),
            AnyNodeRef::WithItem(item) if self.level(&item.context_expr) != Level::Own => {
                refuse("what this context manager does is not known")
            }
            _ => Ok(()),
        }
    }

    /// What is put into an object.
    fn stored(&mut self, object: &'a ast::Expr, at: TextRange) -> Result<(), Obstacle> {
        if self.level(object) == Level::Shared {
            return Err(unsafe_here(
                at,
                "it changes something that others may have, too",
            ));
        }
        Ok(())
    }

    /// Another task could change it meanwhile.
    fn iterated(&mut self, items: &'a ast::Expr) -> Result<(), Obstacle> {
        if self.level(items) == Level::Shared {
            return Err(unsafe_here(
                items.range(),
                "it iterates over something that another task could change meanwhile",
            ));
        }
        Ok(())
    }

    /// Reading an attribute may run the code of a property.
    fn read(&mut self, attribute: &'a ast::ExprAttribute) -> Result<(), Obstacle> {
        let tree = self.tree;
        let id = tree.id(attribute);
        let is_called = matches!(tree.node(tree.parent(id)), AnyNodeRef::ExprCall(call)
            if call.func.range() == attribute.range);
        if is_called || tree.qualified_name(&attribute.value).is_some() {
            return Ok(());
        }
        if self.level(&attribute.value) != Level::Shared {
            return Ok(());
        }
        let property = || {
            unsafe_here(
                attribute.range,
                "reading this attribute may run code that is not known",
            )
        };
        let class = self.class().filter(|_| self.is_self(&attribute.value));
        let class = class.ok_or_else(property)?;
        let has_bases = class
            .arguments
            .as_deref()
            .is_some_and(|arguments| !arguments.is_empty());
        let name = attribute.attr.as_str();
        let is_function = class
            .body
            .iter()
            .filter_map(|stmt| stmt.as_function_def_stmt())
            .any(|method| {
                matches!(method.name.as_str(), "__getattr__" | "__getattribute__")
                    || method.name.as_str() == name
            });
        if has_bases || is_function {
            return Err(property());
        }
        Ok(())
    }

    fn class(&self) -> Option<&'a ast::StmtClassDef> {
        let tree = self.tree;
        match tree.node(tree.parent(tree.id(self.definition))) {
            AnyNodeRef::StmtClassDef(class) => Some(class),
            _ => None,
        }
    }

    fn is_self(&self, expr: &ast::Expr) -> bool {
        let parameters = &self.definition.parameters;
        let first = parameters.posonlyargs.first();
        let first = first.or_else(|| parameters.args.first());
        let is_static = self
            .definition
            .decorator_list
            .iter()
            .any(|decorator| self.tree.slice(decorator.expression.range()) == "staticmethod");
        !is_static
            && first.is_some_and(
                |first| matches!(expr, ast::Expr::Name(name) if name.id == first.parameter.name.id),
            )
    }

    /// What a call gives, if it may be made in a thread.
    fn call(&mut self, call: &'a ast::ExprCall) -> Result<Level, Obstacle> {
        let tree = self.tree;
        let at = call.func.range();
        let unknown = || {
            let words = tree.slice(at);
            let words = words.lines().next().unwrap_or_default();
            unsafe_here(
                at,
                &format!("it is not known what `{words}` does, and whether others do it, too"),
            )
        };
        if let Some(dotted) = tree.qualified_name(&call.func) {
            let module = dotted.rsplit_once('.').map_or("", |(module, _)| module);
            if HARMLESS.contains(&dotted.as_str()) || HARMLESS_MODULES.contains(&module) {
                return Ok(Level::Own);
            }
            if dotted.starts_with("requests.exceptions.") || dotted == "requests.HTTPError" {
                return Ok(Level::Own);
            }
            return (self.ask)(Callee::Dotted(dotted), at).map_err(|_| unknown());
        }
        match &*call.func {
            ast::Expr::Name(name) => self
                .call_by_name(name, call)
                .unwrap_or_else(|| Err(unknown())),
            ast::Expr::Attribute(attribute) => {
                let object = self.level(&attribute.value);
                if object == Level::Own {
                    return Ok(Level::Own);
                }
                if object == Level::Shell {
                    return Ok(Level::Shared);
                }
                if READING.contains(&attribute.attr.as_str()) {
                    return Ok(Level::Own);
                }
                if self.is_logger(&attribute.value) {
                    return Ok(Level::Own);
                }
                let method = self.class().filter(|_| self.is_self(&attribute.value));
                let method = method.and_then(|class| {
                    let mut methods = class
                        .body
                        .iter()
                        .filter_map(|stmt| stmt.as_function_def_stmt())
                        .filter(|method| method.name.as_str() == attribute.attr.as_str());
                    let only = methods.next()?;
                    methods.next().is_none().then_some(only)
                });
                let method = method.ok_or_else(unknown)?;
                (self.ask)(Callee::Method(method.name.start()), at)
            }
            _ => Err(unknown()),
        }
    }

    fn call_by_name(
        &mut self,
        name: &'a ast::ExprName,
        call: &'a ast::ExprCall,
    ) -> Option<Result<Level, Obstacle>> {
        let tree = self.tree;
        let Some(home) = tree.lookup(&name.id, tree.scope_of(tree.id(name))) else {
            if name.id.ends_with("Error") || name.id.as_str() == "Exception" {
                return Some(Ok(Level::Own));
            }
            if !BUILTINS.contains(&name.id.as_str()) {
                return None;
            }
            let argument = call.arguments.args.iter();
            let all = argument.map(|argument| self.level(argument)).min();
            let keeps = !matches!(
                name.id.as_str(),
                "list"
                    | "tuple"
                    | "set"
                    | "dict"
                    | "sorted"
                    | "zip"
                    | "enumerate"
                    | "reversed"
                    | "max"
                    | "min"
                    | "frozenset"
            );
            return Some(Ok(match all {
                Some(Level::Own) | None => Level::Own,
                Some(_) if keeps => Level::Own,
                Some(_) if matches!(name.id.as_str(), "max" | "min") => Level::Shared,
                Some(_) => Level::Shell,
            }));
        };
        let [only] = tree.bindings(home, &name.id) else {
            return None;
        };
        match only.kind {
            BindingKind::Function if home == ScopeId::MODULE => {
                Some((self.ask)(Callee::Here(only.range.start()), name.range))
            }
            BindingKind::Class if is_plain_exception(tree, only) => Some(Ok(Level::Own)),
            _ => None,
        }
    }

    /// `logger = logging.getLogger(…)` of the module.
    fn is_logger(&self, expr: &ast::Expr) -> bool {
        let ast::Expr::Name(name) = expr else {
            return false;
        };
        let tree = self.tree;
        if tree.lookup(&name.id, tree.scope_of(tree.id(name))) != Some(ScopeId::MODULE) {
            return false;
        }
        let [only] = tree.bindings(ScopeId::MODULE, &name.id) else {
            return false;
        };
        matches!(tree.node(tree.parent(only.node)), AnyNodeRef::StmtAssign(assign)
            if matches!(&*assign.value, ast::Expr::Call(call)
                if tree.qualified_name(&call.func).as_deref() == Some("logging.getLogger")))
    }

    /// How much of the value of an expression the function has for itself.
    fn level(&mut self, expr: &'a ast::Expr) -> Level {
        match expr {
            ast::Expr::Name(name) => self.of_name(name),
            ast::Expr::Attribute(attribute) if self.level(&attribute.value) == Level::Own => {
                Level::Own
            }
            ast::Expr::Subscript(item) if self.level(&item.value) == Level::Own => Level::Own,
            ast::Expr::Attribute(_) | ast::Expr::Subscript(_) => Level::Shared,
            ast::Expr::Call(call) => self.call(call).unwrap_or(Level::Shared),
            ast::Expr::Named(named) => self.level(&named.value),
            ast::Expr::Starred(starred) => self.level(&starred.value),
            ast::Expr::BoolOp(operation) => self.all(&operation.values),
            ast::Expr::If(choice) => self.level(&choice.body).min(self.level(&choice.orelse)),
            ast::Expr::BinOp(operation) => {
                let both = self
                    .level(&operation.left)
                    .min(self.level(&operation.right));
                both.max(Level::Shell)
            }
            ast::Expr::List(list) => self.all(&list.elts).max(Level::Shell),
            ast::Expr::Tuple(tuple) => self.all(&tuple.elts).max(Level::Shell),
            ast::Expr::Set(set) => self.all(&set.elts).max(Level::Shell),
            ast::Expr::Dict(dict) => {
                let values = dict.items.iter().map(|item| &item.value);
                let all = values.map(|value| self.level(value)).min();
                all.unwrap_or(Level::Own).max(Level::Shell)
            }
            ast::Expr::ListComp(node) => self.level(&node.elt).max(Level::Shell),
            ast::Expr::SetComp(node) => self.level(&node.elt).max(Level::Shell),
            ast::Expr::Generator(node) => self.level(&node.elt).max(Level::Shell),
            ast::Expr::DictComp(node) => self.level(&node.value).max(Level::Shell),
            ast::Expr::FString(_) | ast::Expr::Compare(_) | ast::Expr::UnaryOp(_) => Level::Own,
            other if other.is_literal_expr() => Level::Own,
            _ => Level::Shared,
        }
    }

    fn all(&mut self, values: &'a [ast::Expr]) -> Level {
        let all = values.iter().map(|value| self.level(value)).min();
        all.unwrap_or(Level::Own)
    }

    fn of_name(&mut self, name: &ast::ExprName) -> Level {
        let tree = self.tree;
        let Some(home) = tree.lookup(&name.id, tree.scope_of(tree.id(name))) else {
            return Level::Own;
        };
        let is_inside = home == self.scope
            || (matches!(tree.scope(home).kind, ScopeKind::Comprehension { .. })
                && tree.function_scope(tree.scope(home).node) == self.scope);
        let bindings = tree.bindings(home, &name.id);
        if !is_inside {
            let is_constant = matches!(bindings, [only] if is_constant(tree, only));
            return if home == ScopeId::MODULE && is_constant {
                Level::Own
            } else {
                Level::Shared
            };
        }
        if self.looking_at.iter().any(|other| *other == *name.id) {
            return Level::Own;
        }
        self.looking_at.push(name.id.to_string());
        let level = bindings
            .iter()
            .map(|binding| self.of_binding(binding))
            .min();
        self.looking_at.pop();
        level.unwrap_or(Level::Shared)
    }

    fn of_binding(&mut self, binding: &Binding) -> Level {
        let tree = self.tree;
        if binding.kind == BindingKind::Parameter {
            return self.of_parameter(binding);
        }
        let mut below = binding.node;
        loop {
            let above = tree.parent(below);
            match tree.node(above) {
                AnyNodeRef::StmtAssign(assign) => return self.level(&assign.value),
                AnyNodeRef::StmtAnnAssign(assign) => {
                    let value = assign.value.as_deref();
                    return value.map_or(Level::Own, |value| self.level(value));
                }
                // The name keeps its object, or gets a new one of what is already there.
                AnyNodeRef::StmtAugAssign(_) => return Level::Shell,
                AnyNodeRef::ExprNamed(named) => return self.level(&named.value),
                AnyNodeRef::WithItem(item) => return self.level(&item.context_expr),
                AnyNodeRef::StmtFor(loop_) => return self.element(&loop_.iter),
                AnyNodeRef::Comprehension(clause) => return self.element(&clause.iter),
                AnyNodeRef::ExprTuple(_) | AnyNodeRef::ExprList(_) | AnyNodeRef::ExprStarred(_) => {
                    below = above;
                }
                _ => break,
            }
        }
        match tree.node(binding.node) {
            AnyNodeRef::ExceptHandlerExceptHandler(_) => Level::Own,
            _ => Level::Shared,
        }
    }

    /// What is in something.
    fn element(&mut self, items: &'a ast::Expr) -> Level {
        if self.level(items) == Level::Own {
            Level::Own
        } else {
            Level::Shared
        }
    }

    fn of_parameter(&self, binding: &Binding) -> Level {
        let parameters = &self.definition.parameters;
        let rest = [&parameters.vararg, &parameters.kwarg];
        if rest
            .into_iter()
            .flatten()
            .any(|rest| rest.name.range == binding.range)
        {
            return Level::Shell;
        }
        let annotation = parameters
            .iter_non_variadic_params()
            .find(|parameter| parameter.parameter.name.range == binding.range)
            .and_then(|parameter| parameter.parameter.annotation.as_deref());
        match annotation {
            Some(annotation) if is_constant_type(annotation) => Level::Own,
            _ => Level::Shared,
        }
    }
}

/// An annotation of objects that cannot change.
fn is_constant_type(annotation: &ast::Expr) -> bool {
    match annotation {
        ast::Expr::Name(name) => CONSTANT.contains(&name.id.as_str()),
        ast::Expr::NoneLiteral(_) => true,
        ast::Expr::BinOp(either) => {
            is_constant_type(&either.left) && is_constant_type(&either.right)
        }
        ast::Expr::Subscript(item) => {
            let outer = match &*item.value {
                ast::Expr::Name(name) => name.id.as_str(),
                ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
                _ => return false,
            };
            outer == "Optional" && is_constant_type(&item.slice)
        }
        _ => false,
    }
}

/// `LIMIT = 3` of the module.
fn is_constant(tree: &Tree<'_>, binding: &Binding) -> bool {
    matches!(tree.node(tree.parent(binding.node)), AnyNodeRef::StmtAssign(assign)
        if assign.value.is_literal_expr() || assign.value.is_f_string_expr())
}

/// `class Missing(Exception): pass`
fn is_plain_exception(tree: &Tree<'_>, binding: &Binding) -> bool {
    let AnyNodeRef::StmtClassDef(class) = tree.node(binding.node) else {
        return false;
    };
    let is_exception = class.arguments.as_deref().is_some_and(|bases| {
        !bases.args.is_empty()
            && bases.args.iter().all(|base| {
                matches!(base, ast::Expr::Name(name)
                    if (name.id.ends_with("Error") || name.id.as_str() == "Exception")
                        && tree.lookup(&name.id, ScopeId::MODULE).is_none())
            })
    });
    is_exception
        && class.decorator_list.is_empty()
        && !class.body.iter().any(ast::Stmt::is_function_def_stmt)
}
