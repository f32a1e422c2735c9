//! Whether a new `await` may stand at a place in a coroutine function that ran there without
//! interruption so far (semantics: the await-insertion check).
//!
//! At a new suspension point other tasks run. What was atomic is so no longer: a lock is held by a
//! task that does not run, a redirected standard output is seen by everybody, a value that was
//! read before is written back after somebody else has changed it.

use super::{FileView, Refusal};
use crate::edit::Applicability;
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, ScopeId, ScopeKind, TextRange, ast};

impl<'a> FileView<'a> {
    /// Refuses an `await` in place of the expression `id` where another task that runs at this
    /// point could see, or do, what it cannot today. Where that is only possible, and not a
    /// mistake for certain, the user may consent to it: the grade is then
    /// [`Applicability::Unsafe`].
    pub fn await_insertion(&self, id: NodeId) -> Result<Applicability, Refusal> {
        self.check_position(id)?;
        let Some(function) = self.enclosing_function(id) else {
            return Err(not_in_coroutine());
        };
        if self.alone.contains(&function) {
            return Ok(Applicability::Safe);
        }
        let mut doubt = None;
        let mut check = |result: Result<(), Refusal>| match result {
            Err(refusal) if !refusal.needs_consent => Err(refusal),
            Err(refusal) => {
                doubt.get_or_insert(refusal);
                Ok(())
            }
            Ok(()) => Ok(()),
        };
        let mut below = id;
        loop {
            let above = self.tree.parent(below);
            if above == function || above == NodeId::MODULE {
                break;
            }
            match self.tree.node(above) {
                AnyNodeRef::StmtWith(with) if !with.is_async => {
                    check(self.check_with(with, below))?;
                }
                AnyNodeRef::WithItem(item) => {
                    if let AnyNodeRef::StmtWith(with) = self.tree.node(self.tree.parent(above))
                        && !with.is_async
                    {
                        check(self.check_items_before(with, item))?;
                    }
                }
                AnyNodeRef::StmtFor(for_) if !for_.is_async => {
                    check(self.check_loop(for_, below))?;
                }
                _ => check(self.check_comprehension(above, id))?,
            }
            below = above;
        }
        check(self.check_read_modify_write(id, function))?;
        match doubt {
            Some(refusal) if !self.has_consent() => Err(refusal),
            Some(_) => Ok(Applicability::Unsafe),
            None => Ok(Applicability::Safe),
        }
    }

    /// Positions in which Python allows no `await`, or evaluates it somewhere else.
    fn check_position(&self, id: NodeId) -> Result<(), Refusal> {
        let mut scope = self.tree.scope_of(id);
        let mut nested = 0;
        loop {
            let here = self.tree.scope(scope);
            let range = self.tree.node(here.node).range();
            match here.kind {
                ScopeKind::Function { is_async: true } => break,
                ScopeKind::Function { is_async: false } | ScopeKind::Module => {
                    return Err(not_in_coroutine());
                }
                ScopeKind::Lambda => {
                    return Err(Refusal::new(
                        "await-insertion-lambda",
                        "Python allows no `await` in a `lambda`.",
                    )
                    .evidence(range, "the `lambda`")
                    .remedy("Write the `lambda` as an `async def`."));
                }
                ScopeKind::Class => {
                    return Err(Refusal::new(
                        "await-insertion-class-body",
                        "Python allows no `await` in the body of a class.",
                    )
                    .evidence(range, "the class"));
                }
                ScopeKind::Comprehension { is_generator: true } => {
                    return Err(Refusal::new(
                        "await-insertion-generator-expression",
                        "With an `await` in it the generator expression would become an asynchronous one, which its consumer cannot read.",
                    )
                    .evidence(range, "the generator expression")
                    .remedy("Write it as a list comprehension or a loop."));
                }
                ScopeKind::Comprehension { .. } => {
                    nested += 1;
                    if nested > 1 && !self.options.at_least(11) {
                        return Err(Refusal::new(
                            "await-insertion-nested-comprehension",
                            "Before Python 3.11 an `await` is a syntax error in a comprehension that is nested in another one.",
                        )
                        .evidence(range, "the outer comprehension")
                        .remedy("Write one of them as a loop, or raise the target version."));
                    }
                    scope = here.parent;
                }
            }
        }
        let mut below = id;
        while !self.tree.node(below).is_statement() && below != NodeId::MODULE {
            let above = self.tree.parent(below);
            let node = self.tree.node(above);
            let defines = matches!(
                node,
                AnyNodeRef::ParameterWithDefault(_)
                    | AnyNodeRef::Parameter(_)
                    | AnyNodeRef::Parameters(_)
                    | AnyNodeRef::Decorator(_)
                    | AnyNodeRef::StmtFunctionDef(_)
                    | AnyNodeRef::StmtClassDef(_)
            );
            if defines && !self.tree.node(below).is_statement() {
                return Err(Refusal::new(
                    "await-insertion-definition",
                    "This is evaluated as part of a definition: a default, a decorator, a base class or an annotation.",
                )
                .evidence(node.range(), "the definition")
                .remedy("Assign the value to a name in a statement of its own first."));
            }
            below = above;
        }
        Ok(())
    }

    /// A synchronous `with` around the new suspension point.
    fn check_with(&self, with: &'a ast::StmtWith, below: NodeId) -> Result<(), Refusal> {
        if matches!(self.tree.node(below), AnyNodeRef::WithItem(_)) {
            return Ok(());
        }
        self.check_contexts(with.items.iter())
    }

    /// The items of a `with` that are entered before the one in which the suspension point is.
    fn check_items_before(
        &self,
        with: &'a ast::StmtWith,
        this: &ast::WithItem,
    ) -> Result<(), Refusal> {
        self.check_contexts(
            with.items
                .iter()
                .take_while(|item| item.start() < this.start()),
        )
    }

    /// The worst of several context managers: a lock of threads counts more than one that is only
    /// not known.
    fn check_contexts(
        &self,
        items: impl Iterator<Item = &'a ast::WithItem>,
    ) -> Result<(), Refusal> {
        let mut refusals: Vec<Refusal> = items
            .filter_map(|item| self.check_context(&item.context_expr).err())
            .collect();
        refusals.sort_by_key(|refusal| refusal.needs_consent);
        refusals.into_iter().next().map_or(Ok(()), Err)
    }

    fn check_context(&self, context: &'a ast::Expr) -> Result<(), Refusal> {
        let callee = match context {
            ast::Expr::Call(call) => &*call.func,
            other => other,
        };
        let dotted = self.tree.qualified_name(callee);
        if is_lock(callee, dotted.as_deref()) {
            return Err(Refusal::new(
                "await-insertion-in-lock",
                "This stands in a `with` that holds a lock of threads; a task that waits there would hold it while the others run, and could block them all.",
            )
            .evidence(context.range(), "the lock")
            .remedy("Use an `asyncio.Lock` with `async with`, or move the call out of the block."));
        }
        if self.is_harmless_context(context, callee, dotted.as_deref()) {
            return Ok(());
        }
        Err(Refusal::new(
            "await-insertion-in-with",
            format!(
                "This stands in `with {}:`; other tasks would run while it is in effect.",
                first_line(self.text(context.range()))
            ),
        )
        .evidence(context.range(), "the `with` statement")
        .remedy(
            "Move the call out of the block, if the block does not need it; or pass `--unsafe`.",
        )
        .without_consent())
    }

    /// Context managers whose effect is confined to their own object.
    fn is_harmless_context(
        &self,
        context: &ast::Expr,
        callee: &ast::Expr,
        dotted: Option<&str>,
    ) -> bool {
        let ast::Expr::Call(call) = context else {
            return false;
        };
        if let Some(dotted) = dotted {
            if dotted == "contextlib.closing" {
                return true;
            }
            if CONTEXTS.contains(&dotted) {
                return true;
            }
            return ["tempfile.", "zipfile.", "tarfile.", "requests."]
                .iter()
                .any(|module| dotted.starts_with(module));
        }
        match callee {
            ast::Expr::Name(name) => {
                matches!(name.id.as_str(), "open" | "memoryview")
                    && self
                        .tree
                        .lookup(name.id.as_str(), self.tree.scope_of(self.tree.id(name)))
                        .is_none()
            }
            // `path.open("w")`, and the methods of a session that stands for one response.
            ast::Expr::Attribute(attribute) => {
                attribute.attr.as_str() == "open"
                    || call.arguments.keywords.iter().any(|keyword| {
                        keyword.arg.as_deref() == Some("stream")
                            && keyword.value.is_boolean_literal_expr()
                    })
            }
            _ => false,
        }
    }

    /// A synchronous loop over a container that another task could change.
    fn check_loop(&self, for_: &'a ast::StmtFor, below: NodeId) -> Result<(), Refusal> {
        let in_body = self.tree.node(below).is_statement()
            && for_
                .body
                .iter()
                .any(|stmt| AnyNodeRef::from(stmt).ptr_eq(self.tree.node(below)));
        if !in_body || self.suspends_already(&for_.body, self.tree.id(for_)) {
            return Ok(());
        }
        self.check_iterable(&for_.iter)
    }

    /// A comprehension that waits between two elements of what it iterates over.
    fn check_comprehension(&self, above: NodeId, id: NodeId) -> Result<(), Refusal> {
        let generators = match self.tree.node(above) {
            AnyNodeRef::ExprListComp(node) => &node.generators,
            AnyNodeRef::ExprSetComp(node) => &node.generators,
            AnyNodeRef::ExprDictComp(node) => &node.generators,
            _ => return Ok(()),
        };
        // The iterable of a clause is evaluated inside the clauses before it, the element and the
        // conditions inside their own clause, too.
        let here = self.tree.node(id).range();
        let inside = generators
            .iter()
            .position(|clause| clause.iter.range().contains_range(here))
            .or_else(|| {
                generators
                    .iter()
                    .position(|clause| clause.range.contains_range(here))
                    .map(|at| at + 1)
            })
            .unwrap_or(generators.len());
        generators[..inside]
            .iter()
            .filter(|clause| !clause.is_async)
            .try_for_each(|clause| self.check_iterable(&clause.iter))
    }

    /// Whether the body of a loop awaits something already: what it iterates over is exposed to
    /// other tasks today.
    fn suspends_already(&self, body: &[ast::Stmt], loop_: NodeId) -> bool {
        let home = self.function_scope(loop_);
        body.iter().any(|stmt| {
            self.tree.descendants(self.tree.id(stmt)).any(|id| {
                let suspends = match self.tree.node(id) {
                    AnyNodeRef::ExprAwait(_) => true,
                    AnyNodeRef::StmtFor(node) => node.is_async,
                    AnyNodeRef::StmtWith(node) => node.is_async,
                    _ => false,
                };
                suspends && self.function_scope(id) == home
            })
        })
    }

    fn check_iterable(&self, iterable: &'a ast::Expr) -> Result<(), Refusal> {
        let Some(shared) = self.shared_container(iterable) else {
            return Ok(());
        };
        Err(Refusal::new(
            "await-insertion-in-iteration",
            format!(
                "The loop iterates over `{}`, which another task could change while this one waits.",
                first_line(self.text(shared))
            ),
        )
        .evidence(shared, "what is iterated over")
        .remedy("Iterate over a copy: `for … in list(…):`; or pass `--unsafe`.")
        .without_consent())
    }

    /// The container an iterable reads while it is iterated over, where others can reach it.
    fn shared_container(&self, iterable: &'a ast::Expr) -> Option<TextRange> {
        match iterable {
            ast::Expr::Attribute(_) => Some(iterable.range()),
            ast::Expr::Subscript(subscript) => self.shared_container(&subscript.value),
            ast::Expr::Name(name) => self.is_shared_name(name).then(|| iterable.range()),
            ast::Expr::Call(call) => match &*call.func {
                ast::Expr::Attribute(attribute)
                    if matches!(attribute.attr.as_str(), "items" | "keys" | "values") =>
                {
                    self.shared_container(&attribute.value)
                }
                ast::Expr::Name(name)
                    if matches!(
                        name.id.as_str(),
                        "enumerate" | "zip" | "reversed" | "iter" | "map" | "filter"
                    ) && self
                        .tree
                        .lookup(name.id.as_str(), self.tree.scope_of(self.tree.id(name)))
                        .is_none() =>
                {
                    call.arguments
                        .args
                        .iter()
                        .find_map(|argument| self.shared_container(argument))
                }
                _ => None,
            },
            ast::Expr::Starred(starred) => self.shared_container(&starred.value),
            ast::Expr::Generator(generator) => generator
                .generators
                .iter()
                .find_map(|clause| self.shared_container(&clause.iter)),
            _ => None,
        }
    }

    /// Whether a name may stand for an object that others hold, too: a global, a variable of an
    /// enclosing function, a parameter (unless every call in the module passes a new object), a
    /// local that is another name for one of those.
    fn is_shared_name(&self, name: &'a ast::ExprName) -> bool {
        let id = self.tree.id(name);
        let Some(home) = self.tree.lookup(name.id.as_str(), self.tree.scope_of(id)) else {
            return false;
        };
        if home != self.function_scope(id) && home != self.tree.scope_of(id) {
            return true;
        }
        let bindings = self.tree.bindings(home, name.id.as_str());
        if bindings
            .iter()
            .any(|binding| binding.kind == BindingKind::Parameter)
        {
            return bindings.len() > 1
                || !(self.is_of_constant_type(home, name.id.as_str())
                    || self.receives_new_objects(home, name.id.as_str()));
        }
        bindings.iter().any(|binding| {
            let AnyNodeRef::StmtAssign(assign) = self.tree.node(self.tree.parent(binding.node))
            else {
                return false;
            };
            match &*assign.value {
                value @ (ast::Expr::Name(_) | ast::Expr::Attribute(_)) => {
                    !matches!(value, ast::Expr::Name(other) if other.id == name.id)
                        && self.shared_container(value).is_some()
                }
                _ => false,
            }
        })
    }

    /// Whether a parameter is annotated with a type whose objects never change: `tuple[str, ...]`.
    fn is_of_constant_type(&self, function: ScopeId, parameter: &str) -> bool {
        let AnyNodeRef::StmtFunctionDef(definition) =
            self.tree.node(self.tree.scope(function).node)
        else {
            return false;
        };
        let annotation = definition
            .parameters
            .iter_non_variadic_params()
            .find(|one| one.name().as_str() == parameter)
            .and_then(|one| one.annotation());
        let Some(annotation) = annotation else {
            return false;
        };
        let of = match annotation {
            ast::Expr::Subscript(subscript) => &*subscript.value,
            other => other,
        };
        match of {
            ast::Expr::Name(name)
                if matches!(
                    name.id.as_str(),
                    "tuple" | "str" | "bytes" | "range" | "frozenset"
                ) =>
            {
                self.tree
                    .lookup(name.id.as_str(), self.tree.scope_of(self.tree.id(name)))
                    .is_none()
            }
            other => matches!(
                self.tree.qualified_name(other).as_deref(),
                Some("typing.Tuple" | "typing.FrozenSet")
            ),
        }
    }

    /// Whether a function is only ever called directly, within its module, and every call passes
    /// for this parameter an object that was made for it or cannot change.
    fn receives_new_objects(&self, function: ScopeId, parameter: &str) -> bool {
        let node = self.tree.scope(function).node;
        let AnyNodeRef::StmtFunctionDef(definition) = self.tree.node(node) else {
            return false;
        };
        let outer = self.tree.scope_of(node);
        let is_private = definition.name.starts_with('_') || outer != ScopeId::MODULE;
        if !is_private && !self.is_script() {
            return false;
        }
        if self.tree.scope(outer).kind == ScopeKind::Class || !definition.decorator_list.is_empty()
        {
            return false;
        }
        let Some(position) = definition
            .parameters
            .iter_non_variadic_params()
            .position(|one| one.name().as_str() == parameter)
        else {
            return false;
        };
        let mentions = self.tree.occurrences(outer, definition.name.as_str());
        let calls: Vec<_> = mentions
            .iter()
            .map(|id| match self.tree.node(self.tree.parent(*id)) {
                AnyNodeRef::ExprCall(call)
                    if AnyNodeRef::from(&*call.func).ptr_eq(self.tree.node(*id)) =>
                {
                    Some(call)
                }
                _ => None,
            })
            .collect();
        !calls.is_empty()
            && calls.iter().all(|call| {
                call.is_some_and(|call| {
                    call.arguments
                        .find_argument_value(parameter, position)
                        .is_some_and(is_new_object)
                })
            })
    }
}

impl FileView<'_> {
    /// Whether the module is a program rather than something to import: it has a `__main__` guard
    /// or starts an event loop when it is loaded.
    pub fn is_script(&self) -> bool {
        self.tree.module.ast().body.iter().any(|stmt| {
            if let ast::Stmt::If(branch) = stmt
                && let ast::Expr::Compare(compare) = &*branch.test
                && matches!(&*compare.left, ast::Expr::Name(name) if name.id.as_str() == "__name__")
            {
                return true;
            }
            matches!(
                stmt,
                ast::Stmt::Expr(_) | ast::Stmt::Assign(_) | ast::Stmt::If(_) | ast::Stmt::Try(_)
            ) && self.tree.descendants(self.tree.id(stmt)).any(|id| {
                matches!(self.tree.node(id), AnyNodeRef::ExprCall(call)
                    if self.tree.scope_of(id) == ScopeId::MODULE
                        && self.resolves_to(&call.func, "asyncio.run"))
            })
        })
    }
}

/// Whether a context manager is a lock of threads, by what it is or by what it is called.
fn is_lock(callee: &ast::Expr, dotted: Option<&str>) -> bool {
    if matches!(
        dotted,
        Some(
            "threading.Lock"
                | "threading.RLock"
                | "threading.Condition"
                | "threading.Semaphore"
                | "threading.BoundedSemaphore"
                | "multiprocessing.Lock"
                | "multiprocessing.RLock"
        )
    ) {
        return true;
    }
    let name = match callee {
        ast::Expr::Name(name) => name.id.as_str(),
        ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
        ast::Expr::Subscript(subscript) => return is_lock(&subscript.value, None),
        _ => return false,
    };
    let name = name.to_lowercase();
    ["lock", "mutex", "semaphore"]
        .iter()
        .any(|word| name.contains(word))
        && !["block", "clock", "unlock"]
            .iter()
            .any(|word| name.contains(word) && !name.contains("_lock"))
}

/// Displays, comprehensions, constants and calls of builtins that make a new object.
fn is_new_object(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::List(_)
        | ast::Expr::Tuple(_)
        | ast::Expr::Set(_)
        | ast::Expr::Dict(_)
        | ast::Expr::ListComp(_)
        | ast::Expr::SetComp(_)
        | ast::Expr::DictComp(_) => true,
        ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Name(name)
            if matches!(name.id.as_str(), "list" | "tuple" | "sorted" | "range" | "dict" | "set")),
        other => other.is_literal_expr(),
    }
}

fn not_in_coroutine() -> Refusal {
    Refusal::new(
        "await-insertion-not-in-async-def",
        "Python allows an `await` only in an `async def`.",
    )
}

fn first_line(text: &str) -> String {
    match text.split_once(['\n', '\r']) {
        Some((first, _)) => format!("{}…", first.trim_end()),
        None => text.to_owned(),
    }
}

/// Context managers of the standard library that other tasks do not notice.
const CONTEXTS: &[&str] = &[
    "contextlib.suppress",
    "contextlib.closing",
    "contextlib.nullcontext",
    "io.open",
    "io.StringIO",
    "io.BytesIO",
    "gzip.open",
    "bz2.open",
    "lzma.open",
    "codecs.open",
    "os.scandir",
    "os.fdopen",
];
