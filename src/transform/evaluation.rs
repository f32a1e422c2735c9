//! What Python evaluates before an expression, and whether the expression can be moved in front
//! of its statement without anybody noticing (semantics: hoisting and left-purity).

use super::{FileView, Refusal};
use crate::syntax::{AnyNodeRef, BindingKind, NodeId, Ranged, ScopeId, TextRange, ast};

/// Why an expression cannot be evaluated before its statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// This part of the statement is evaluated before it and may have an effect or see one.
    NotLeftPure(TextRange),
    /// It is evaluated only sometimes: an operand of `and`, `or`, a conditional expression, a
    /// chained comparison, an assertion's message.
    Conditional(TextRange),
    /// It is evaluated once per element of a comprehension.
    Comprehension(TextRange),
    /// It is evaluated before every round of a `while` loop.
    While(TextRange),
    /// It is evaluated after an earlier branch's condition.
    Elif(TextRange),
    /// It is an item of a `with` statement after another one, or a clause of `match`.
    Later(TextRange),
    /// It is a default argument, a decorator, a base class or an annotation.
    Definition(TextRange),
    /// It stands in a `lambda` or a generator expression, which run later.
    Deferred(TextRange),
}

impl Obstacle {
    /// The obstacle as a refusal of moving `what`, a noun phrase such as "the `gather` call".
    pub fn refusal(&self, what: &str) -> Refusal {
        match self {
            Self::NotLeftPure(range) => Refusal::new(
                "not-left-pure",
                format!("Another part of the statement is evaluated before {what}; moving it to the front would change the order."),
            )
            .evidence(*range, "evaluated before")
            .remedy("Assign the earlier part to a name in a statement of its own."),
            Self::Conditional(range) => Refusal::new(
                "conditionally-evaluated",
                format!("Python evaluates {what} only under a condition; in front of the statement it would always run."),
            )
            .evidence(*range, "the condition")
            .remedy("Write the condition as an `if` statement."),
            Self::Comprehension(range) => Refusal::new(
                "in-comprehension",
                format!("Python evaluates {what} once for every element of a comprehension."),
            )
            .evidence(*range, "the comprehension")
            .remedy("Write the comprehension as a loop."),
            Self::While(range) => Refusal::new(
                "in-while-header",
                format!("Python evaluates {what} again before every round of the `while` loop."),
            )
            .evidence(*range, "the loop")
            .remedy("Move it into the loop's body."),
            Self::Elif(range) => Refusal::new(
                "in-elif-header",
                format!("Python evaluates {what} only after the conditions above it."),
            )
            .evidence(*range, "the `elif`")
            .remedy("Write the `elif` as an `if` inside an `else`."),
            Self::Later(range) => Refusal::new(
                "in-later-with-item",
                format!("Python evaluates {what} after it has entered the items before it."),
            )
            .evidence(*range, "the statement")
            .remedy("Split the `with` statement."),
            Self::Definition(range) => Refusal::new(
                "in-definition",
                format!("Python evaluates {what} as part of a definition."),
            )
            .evidence(*range, "the definition"),
            Self::Deferred(range) => Refusal::new(
                "not-in-async-def",
                format!("Python evaluates {what} later, when the enclosing `lambda` or generator expression runs."),
            )
            .evidence(*range, "what runs later"),
        }
    }
}

impl<'a> FileView<'a> {
    /// Whether an expression can be evaluated in front of its statement instead of in place, and
    /// stay the first thing the statement does.
    ///
    /// Assignment targets do not matter: Python evaluates them after the value, except those of
    /// an augmented assignment, which are read first.
    pub fn can_hoist(&self, id: NodeId) -> Result<(), Obstacle> {
        self.check_before(id, &|expr| self.is_pure_after(expr, &[]))
    }

    /// Like [`FileView::can_hoist`], when these expressions are moved to the front before it and
    /// leave local names in their places. What the statement evaluates before the expression weighs
    /// less than how often it evaluates the expression.
    pub fn can_hoist_after(&self, id: NodeId, moved: &[NodeId]) -> Result<(), Obstacle> {
        self.is_evaluated_once(id)?;
        self.check_before(id, &|expr| self.is_pure_after(expr, moved))
    }

    /// Whether a statement evaluates an expression once and in any case; otherwise the obstacle
    /// that weighs most.
    fn is_evaluated_once(&self, id: NodeId) -> Result<(), Obstacle> {
        let mut found = Ok(());
        let mut from = id;
        loop {
            match self.check_before(from, &|_| true) {
                // A comprehension around the condition weighs more.
                Err(Obstacle::Conditional(range)) => {
                    found = Err(Obstacle::Conditional(range));
                    let around = self
                        .tree
                        .ancestors(from)
                        .find(|above| self.tree.node(*above).range() == range);
                    match around {
                        Some(around) if !self.tree.node(around).is_statement() => from = around,
                        _ => return found,
                    }
                }
                Err(Obstacle::NotLeftPure(_)) | Ok(()) => return found,
                stronger => return stronger,
            }
        }
    }

    fn check_before(
        &self,
        id: NodeId,
        pure: &dyn Fn(&'a ast::Expr) -> bool,
    ) -> Result<(), Obstacle> {
        let mut below = id;
        let start = self.tree.node(id).start();
        loop {
            let above = self.tree.parent(below);
            let here = self.tree.node(below);
            let all = |exprs: &mut dyn Iterator<Item = &'a ast::Expr>| -> Result<(), Obstacle> {
                for expr in exprs {
                    if expr.end() <= here.start() && !pure(expr) {
                        return Err(Obstacle::NotLeftPure(expr.range()));
                    }
                }
                Ok(())
            };
            let is = |expr: &ast::Expr| AnyNodeRef::from(expr).ptr_eq(here);
            let node = self.tree.node(above);
            match node {
                AnyNodeRef::ExprBoolOp(op) if !op.values.first().is_some_and(is) => {
                    return Err(Obstacle::Conditional(op.range));
                }
                AnyNodeRef::ExprIf(conditional) if !is(&conditional.test) => {
                    return Err(Obstacle::Conditional(conditional.range));
                }
                AnyNodeRef::ExprCompare(compare) => {
                    if compare.comparators.iter().skip(1).any(is) {
                        return Err(Obstacle::Conditional(compare.range));
                    }
                    all(&mut std::iter::once(&*compare.left))?;
                }
                AnyNodeRef::ExprBinOp(op) => all(&mut std::iter::once(&*op.left))?,
                AnyNodeRef::ExprSubscript(subscript) => {
                    all(&mut std::iter::once(&*subscript.value))?;
                }
                AnyNodeRef::ExprTuple(node) => all(&mut node.elts.iter())?,
                AnyNodeRef::ExprList(node) => all(&mut node.elts.iter())?,
                AnyNodeRef::ExprSet(node) => all(&mut node.elts.iter())?,
                AnyNodeRef::ExprDict(node) => {
                    all(&mut node
                        .items
                        .iter()
                        .flat_map(|item| item.key.iter().chain(std::iter::once(&item.value))))?;
                }
                AnyNodeRef::Arguments(node) => {
                    all(&mut node.args.iter())?;
                    // What stands behind a `*` is evaluated before all keywords.
                    if matches!(here, AnyNodeRef::Keyword(_))
                        && let Some(arg) = node.args.iter().find(|arg| !pure(arg))
                    {
                        return Err(Obstacle::NotLeftPure(arg.range()));
                    }
                    all(&mut node.keywords.iter().map(|keyword| &keyword.value))?;
                }
                AnyNodeRef::ExprCall(call)
                    if !is(&call.func) && !pure(&call.func) && !self.is_pure_callee(&call.func) =>
                {
                    return Err(Obstacle::NotLeftPure(call.func.range()));
                }
                AnyNodeRef::ExprSlice(slice) => {
                    all(&mut [&slice.lower, &slice.upper, &slice.step]
                        .into_iter()
                        .flatten()
                        .map(|expr| &**expr))?;
                }
                // The parts of the string are nodes between, and a format specification has
                // parts of its own.
                AnyNodeRef::ExprFString(_) | AnyNodeRef::ExprTString(_) => {
                    let before = self.tree.descendants(above).find_map(|inner| {
                        let AnyNodeRef::InterpolatedElement(element) = self.tree.node(inner) else {
                            return None;
                        };
                        let expr = &*element.expression;
                        (expr.end() <= start && !pure(expr)).then(|| expr.range())
                    });
                    if let Some(range) = before {
                        return Err(Obstacle::NotLeftPure(range));
                    }
                }
                AnyNodeRef::ExprListComp(_)
                | AnyNodeRef::ExprSetComp(_)
                | AnyNodeRef::ExprDictComp(_)
                    if (self.tree.scope_of(below) != self.tree.scope_of(above)
                        || !matches!(here, AnyNodeRef::Comprehension(_))) =>
                {
                    return Err(Obstacle::Comprehension(node.range()));
                }
                AnyNodeRef::Comprehension(clause) => {
                    // The first iterable is evaluated once, outside; nothing else is.
                    let home = self.tree.scope_of(self.tree.parent(above));
                    if !is(&clause.iter) || self.tree.scope_of(below) != home {
                        return Err(Obstacle::Comprehension(clause.range));
                    }
                    let comprehension = self.tree.parent(above);
                    below = comprehension;
                    continue;
                }
                AnyNodeRef::ExprLambda(_) | AnyNodeRef::ExprGenerator(_) => {
                    return Err(Obstacle::Deferred(node.range()));
                }
                AnyNodeRef::ParameterWithDefault(_)
                | AnyNodeRef::Parameter(_)
                | AnyNodeRef::Parameters(_)
                | AnyNodeRef::Decorator(_)
                | AnyNodeRef::StmtFunctionDef(_)
                | AnyNodeRef::StmtClassDef(_)
                    if !here.is_statement() =>
                {
                    return Err(Obstacle::Definition(node.range()));
                }
                AnyNodeRef::StmtAugAssign(assign) => {
                    let local = matches!(&*assign.target, ast::Expr::Name(name)
                        if self.is_local(self.tree.id(name), name.id.as_str()));
                    if is(&assign.value) && !local {
                        return Err(Obstacle::NotLeftPure(assign.target.range()));
                    }
                }
                AnyNodeRef::StmtAssign(assign) if !is(&assign.value) => {
                    // A target: the value and the targets before it come first.
                    if !pure(&assign.value) {
                        return Err(Obstacle::NotLeftPure(assign.value.range()));
                    }
                    all(&mut assign.targets.iter())?;
                }
                AnyNodeRef::StmtAnnAssign(assign) => {
                    if let Some(value) = assign.value.as_deref()
                        && !is(value)
                        && !pure(value)
                    {
                        return Err(Obstacle::NotLeftPure(value.range()));
                    }
                }
                AnyNodeRef::ExprNamed(_) => {}
                AnyNodeRef::StmtAssert(assert) if !is(&assert.test) => {
                    return Err(Obstacle::Conditional(assert.range));
                }
                AnyNodeRef::StmtRaise(raise) if !raise.exc.as_deref().is_some_and(is) => {
                    all(&mut raise.exc.as_deref().into_iter())?;
                }
                AnyNodeRef::StmtDelete(delete) => all(&mut delete.targets.iter())?,
                AnyNodeRef::StmtWhile(_) => return Err(Obstacle::While(node.range())),
                AnyNodeRef::ElifElseClause(_) => return Err(Obstacle::Elif(node.range())),
                AnyNodeRef::StmtFor(for_) if !is(&for_.iter) => {
                    return Err(Obstacle::Later(node.range()));
                }
                AnyNodeRef::WithItem(_) => {
                    let AnyNodeRef::StmtWith(with) = self.tree.node(self.tree.parent(above)) else {
                        return Err(Obstacle::Later(node.range()));
                    };
                    let first = with
                        .items
                        .first()
                        .is_some_and(|item| is(&item.context_expr));
                    if !first {
                        return Err(Obstacle::Later(with.range));
                    }
                }
                AnyNodeRef::MatchCase(_) | AnyNodeRef::ExceptHandlerExceptHandler(_) => {
                    return Err(Obstacle::Later(node.range()));
                }
                _ => {}
            }
            if node.is_statement() || above == NodeId::MODULE {
                return Ok(());
            }
            below = above;
        }
    }

    /// Whether evaluating an expression has no effect, takes no time and gives the same result a
    /// moment later: constants, locals that no inner function rebinds, functions, classes and
    /// modules that nothing rebinds, attributes of imported modules.
    pub fn is_pure(&self, expr: &ast::Expr) -> bool {
        self.is_pure_after(expr, &[])
    }

    fn is_pure_after(&self, expr: &ast::Expr, moved: &[NodeId]) -> bool {
        match expr {
            ast::Expr::Name(name) => self.is_stable_name(self.tree.id(name), name.id.as_str()),
            ast::Expr::Attribute(_) => self.tree.qualified_name(expr).is_some(),
            ast::Expr::Tuple(tuple) => {
                let mut elements = tuple.elts.iter();
                elements.all(|element| self.is_pure_after(element, moved))
            }
            ast::Expr::List(list) => {
                let mut elements = list.elts.iter();
                elements.all(|element| self.is_pure_after(element, moved))
            }
            ast::Expr::Dict(dict) => dict.items.iter().all(|item| {
                item.key.as_ref().is_some_and(ast::Expr::is_literal_expr)
                    && self.is_pure_after(&item.value, moved)
            }),
            ast::Expr::UnaryOp(op) => op.operand.is_literal_expr(),
            ast::Expr::Lambda(lambda) => lambda.parameters.as_deref().is_none_or(|parameters| {
                let mut defaults = parameters
                    .iter_non_variadic_params()
                    .filter_map(|parameter| parameter.default.as_deref());
                defaults.all(|default| self.is_pure_after(default, moved))
            }),
            ast::Expr::Await(await_) => moved.contains(&self.tree.id(await_)),
            other => other.is_literal_expr(),
        }
    }

    fn is_pure_callee(&self, callee: &ast::Expr) -> bool {
        self.is_pure(callee)
            || match callee {
                // A method looked up on a local: the lookup itself happens earlier, which only
                // a rebinding of the attribute during the await could tell. Nobody rebinds those
                // of the collections that Python has built in.
                ast::Expr::Attribute(attribute) => match &*attribute.value {
                    ast::Expr::Name(_) => self.is_plain_collection(&attribute.value),
                    value => value.is_literal_expr(),
                },
                _ => false,
            }
    }

    /// Whether an expression is a list, tuple, set or dictionary: such a display, or a local
    /// that is bound to nothing else.
    pub fn is_plain_collection(&self, expr: &ast::Expr) -> bool {
        let name = match expr {
            ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::Set(_) | ast::Expr::Dict(_) => {
                return true;
            }
            ast::Expr::Name(name) => name,
            _ => return false,
        };
        let id = self.tree.id(name);
        let home = self.function_scope(id);
        let bindings = self.tree.bindings(home, name.id.as_str());
        self.is_local(id, name.id.as_str())
            && !bindings.is_empty()
            && bindings.iter().all(|binding| {
                if binding.kind == BindingKind::Parameter {
                    return self.collects_arguments(home, name.id.as_str());
                }
                let value = match self.tree.node(self.tree.parent(binding.node)) {
                    AnyNodeRef::StmtAssign(assign) => {
                        let whole = assign.targets.iter().any(ast::Expr::is_name_expr);
                        whole.then_some(&*assign.value)
                    }
                    AnyNodeRef::StmtAnnAssign(assign) => assign.value.as_deref(),
                    // What was a list before is one afterwards.
                    AnyNodeRef::StmtAugAssign(more) => return more.op == ast::Operator::Add,
                    _ => None,
                };
                value.is_some_and(|value| self.makes_collection(value))
            })
    }

    fn makes_collection(&self, value: &ast::Expr) -> bool {
        match value {
            ast::Expr::List(_)
            | ast::Expr::Tuple(_)
            | ast::Expr::Set(_)
            | ast::Expr::Dict(_)
            | ast::Expr::ListComp(_)
            | ast::Expr::SetComp(_)
            | ast::Expr::DictComp(_) => true,
            ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Name(name)
                if matches!(name.id.as_str(), "list" | "tuple" | "set" | "frozenset" | "dict" | "sorted")
                    && self.is_builtin(name)),
            _ => false,
        }
    }

    /// `*args` and `**kwargs` are a tuple and a dictionary.
    fn collects_arguments(&self, home: ScopeId, name: &str) -> bool {
        let AnyNodeRef::StmtFunctionDef(function) = self.tree.node(self.tree.scope(home).node)
        else {
            return false;
        };
        let parameters = &function.parameters;
        [&parameters.vararg, &parameters.kwarg]
            .into_iter()
            .flatten()
            .any(|parameter| parameter.name.as_str() == name)
    }

    /// Whether a name stands for the builtin of this name: nothing in the file binds it.
    pub fn is_builtin(&self, name: &ast::ExprName) -> bool {
        let scope = self.tree.scope_of(self.tree.id(name));
        self.tree.lookup(name.id.as_str(), scope).is_none()
    }

    /// A local variable (or parameter) of the function, not rebound by a nested one.
    pub fn is_local(&self, id: NodeId, name: &str) -> bool {
        self.tree
            .lookup(name, self.tree.scope_of(id))
            .is_some_and(|home| {
                home != ScopeId::MODULE
                    && home == self.function_scope(id)
                    && !self.tree.is_rebound_from_inside(home, name)
            })
    }

    fn is_stable_name(&self, id: NodeId, name: &str) -> bool {
        let Some(home) = self.tree.lookup(name, self.tree.scope_of(id)) else {
            return true; // a builtin
        };
        if self.tree.is_rebound_from_inside(home, name) {
            return false;
        }
        if home == ScopeId::MODULE {
            let bindings = self.tree.bindings(home, name);
            return bindings.len() == 1
                || bindings.iter().all(|binding| {
                    matches!(
                        binding.kind,
                        BindingKind::Import(_)
                            | BindingKind::FromImport(_)
                            | BindingKind::Function
                            | BindingKind::Class
                    )
                });
        }
        // A local of this function or of one around it.
        home == self.function_scope(id)
            || self
                .tree
                .bindings(home, name)
                .iter()
                .all(|binding| binding.kind == BindingKind::Parameter)
            || self.tree.bindings(home, name).len() == 1
    }
}
