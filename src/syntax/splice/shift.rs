//! Moving statements to another place of a text.

use super::super::{TextRange, TextSize, ast};
use ast::visitor::transformer::{self as walk, Transformer};
use ast::{Expr, Pattern, Stmt, TypeParam};

/// How far something is moved: a number of bytes, modulo 2³².
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shift(u32);

impl Shift {
    /// The way from one offset to another.
    pub(super) fn between(from: TextSize, to: TextSize) -> Self {
        Self(to.to_u32().wrapping_sub(from.to_u32()))
    }

    pub(super) fn offset(self, at: TextSize) -> TextSize {
        TextSize::new(at.to_u32().wrapping_add(self.0))
    }

    pub(super) fn range(self, range: TextRange) -> TextRange {
        TextRange::new(self.offset(range.start()), self.offset(range.end()))
    }

    /// The same statement elsewhere.
    pub(super) fn stmt(self, mut stmt: Stmt) -> Stmt {
        if self != Self(0) {
            self.visit_stmt(&mut stmt);
        }
        stmt
    }

    fn to(self, range: &mut TextRange) {
        *range = self.range(*range);
    }

    fn name(self, identifier: &mut ast::Identifier) {
        self.to(&mut identifier.range);
    }

    fn names<'i>(self, identifiers: impl IntoIterator<Item = &'i mut ast::Identifier>) {
        for identifier in identifiers {
            self.name(identifier);
        }
    }
}

impl Transformer for Shift {
    fn visit_stmt(&self, stmt: &mut Stmt) {
        match stmt {
            Stmt::FunctionDef(ast::StmtFunctionDef { range, name, .. })
            | Stmt::ClassDef(ast::StmtClassDef { range, name, .. }) => {
                self.to(range);
                self.name(name);
            }
            Stmt::ImportFrom(ast::StmtImportFrom { range, module, .. }) => {
                self.to(range);
                self.names(module);
            }
            Stmt::Global(ast::StmtGlobal { range, names, .. })
            | Stmt::Nonlocal(ast::StmtNonlocal { range, names, .. }) => {
                self.to(range);
                self.names(names);
            }
            Stmt::Return(ast::StmtReturn { range, .. })
            | Stmt::Delete(ast::StmtDelete { range, .. })
            | Stmt::TypeAlias(ast::StmtTypeAlias { range, .. })
            | Stmt::Assign(ast::StmtAssign { range, .. })
            | Stmt::AugAssign(ast::StmtAugAssign { range, .. })
            | Stmt::AnnAssign(ast::StmtAnnAssign { range, .. })
            | Stmt::For(ast::StmtFor { range, .. })
            | Stmt::While(ast::StmtWhile { range, .. })
            | Stmt::If(ast::StmtIf { range, .. })
            | Stmt::With(ast::StmtWith { range, .. })
            | Stmt::Match(ast::StmtMatch { range, .. })
            | Stmt::Raise(ast::StmtRaise { range, .. })
            | Stmt::Try(ast::StmtTry { range, .. })
            | Stmt::Assert(ast::StmtAssert { range, .. })
            | Stmt::Import(ast::StmtImport { range, .. })
            | Stmt::Expr(ast::StmtExpr { range, .. })
            | Stmt::Pass(ast::StmtPass { range, .. })
            | Stmt::Break(ast::StmtBreak { range, .. })
            | Stmt::Continue(ast::StmtContinue { range, .. })
            | Stmt::IpyEscapeCommand(ast::StmtIpyEscapeCommand { range, .. }) => self.to(range),
        }
        walk::walk_stmt(self, stmt);
    }

    fn visit_expr(&self, expr: &mut Expr) {
        match expr {
            Expr::Call(ast::ExprCall { range_start, .. }) => {
                *range_start = self.offset(*range_start);
            }
            Expr::Attribute(ast::ExprAttribute { range, attr, .. }) => {
                self.to(range);
                self.name(attr);
            }
            Expr::BoolOp(ast::ExprBoolOp { range, .. })
            | Expr::Named(ast::ExprNamed { range, .. })
            | Expr::BinOp(ast::ExprBinOp { range, .. })
            | Expr::UnaryOp(ast::ExprUnaryOp { range, .. })
            | Expr::Lambda(ast::ExprLambda { range, .. })
            | Expr::If(ast::ExprIf { range, .. })
            | Expr::Dict(ast::ExprDict { range, .. })
            | Expr::Set(ast::ExprSet { range, .. })
            | Expr::ListComp(ast::ExprListComp { range, .. })
            | Expr::SetComp(ast::ExprSetComp { range, .. })
            | Expr::DictComp(ast::ExprDictComp { range, .. })
            | Expr::Generator(ast::ExprGenerator { range, .. })
            | Expr::Await(ast::ExprAwait { range, .. })
            | Expr::Yield(ast::ExprYield { range, .. })
            | Expr::YieldFrom(ast::ExprYieldFrom { range, .. })
            | Expr::Compare(ast::ExprCompare { range, .. })
            | Expr::FString(ast::ExprFString { range, .. })
            | Expr::TString(ast::ExprTString { range, .. })
            | Expr::StringLiteral(ast::ExprStringLiteral { range, .. })
            | Expr::BytesLiteral(ast::ExprBytesLiteral { range, .. })
            | Expr::NumberLiteral(ast::ExprNumberLiteral { range, .. })
            | Expr::BooleanLiteral(ast::ExprBooleanLiteral { range, .. })
            | Expr::NoneLiteral(ast::ExprNoneLiteral { range, .. })
            | Expr::EllipsisLiteral(ast::ExprEllipsisLiteral { range, .. })
            | Expr::Subscript(ast::ExprSubscript { range, .. })
            | Expr::Starred(ast::ExprStarred { range, .. })
            | Expr::Name(ast::ExprName { range, .. })
            | Expr::List(ast::ExprList { range, .. })
            | Expr::Tuple(ast::ExprTuple { range, .. })
            | Expr::Slice(ast::ExprSlice { range, .. })
            | Expr::IpyEscapeCommand(ast::ExprIpyEscapeCommand { range, .. }) => self.to(range),
        }
        walk::walk_expr(self, expr);
    }

    fn visit_pattern(&self, pattern: &mut Pattern) {
        match pattern {
            Pattern::MatchMapping(ast::PatternMatchMapping { range, rest, .. }) => {
                self.to(range);
                self.names(rest);
            }
            Pattern::MatchStar(ast::PatternMatchStar { range, name, .. })
            | Pattern::MatchAs(ast::PatternMatchAs { range, name, .. }) => {
                self.to(range);
                self.names(name);
            }
            Pattern::MatchValue(ast::PatternMatchValue { range, .. })
            | Pattern::MatchSingleton(ast::PatternMatchSingleton { range, .. })
            | Pattern::MatchSequence(ast::PatternMatchSequence { range, .. })
            | Pattern::MatchClass(ast::PatternMatchClass { range, .. })
            | Pattern::MatchOr(ast::PatternMatchOr { range, .. }) => self.to(range),
        }
        walk::walk_pattern(self, pattern);
    }

    fn visit_pattern_arguments(&self, arguments: &mut ast::PatternArguments) {
        self.to(&mut arguments.range);
        walk::walk_pattern_arguments(self, arguments);
    }

    fn visit_pattern_keyword(&self, keyword: &mut ast::PatternKeyword) {
        self.to(&mut keyword.range);
        self.name(&mut keyword.attr);
        walk::walk_pattern_keyword(self, keyword);
    }

    fn visit_match_case(&self, case: &mut ast::MatchCase) {
        self.to(&mut case.range);
        walk::walk_match_case(self, case);
    }

    fn visit_decorator(&self, decorator: &mut ast::Decorator) {
        self.to(&mut decorator.range);
        walk::walk_decorator(self, decorator);
    }

    fn visit_comprehension(&self, comprehension: &mut ast::Comprehension) {
        self.to(&mut comprehension.range);
        walk::walk_comprehension(self, comprehension);
    }

    fn visit_except_handler(&self, handler: &mut ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(inner) = handler;
        self.to(&mut inner.range);
        self.names(&mut inner.name);
        walk::walk_except_handler(self, handler);
    }

    fn visit_arguments(&self, arguments: &mut ast::Arguments) {
        self.to(&mut arguments.range);
        walk::walk_arguments(self, arguments);
    }

    fn visit_keyword(&self, keyword: &mut ast::Keyword) {
        self.to(&mut keyword.range);
        self.names(&mut keyword.arg);
        walk::walk_keyword(self, keyword);
    }

    fn visit_parameters(&self, parameters: &mut ast::Parameters) {
        self.to(&mut parameters.range);
        let positional = parameters.posonlyargs.iter_mut();
        let all = positional.chain(&mut parameters.args);
        for parameter in all.chain(&mut parameters.kwonlyargs) {
            self.to(&mut parameter.range);
        }
        walk::walk_parameters(self, parameters);
    }

    fn visit_parameter(&self, parameter: &mut ast::Parameter) {
        self.to(&mut parameter.range);
        self.name(&mut parameter.name);
        walk::walk_parameter(self, parameter);
    }

    fn visit_alias(&self, alias: &mut ast::Alias) {
        self.to(&mut alias.range);
        self.name(&mut alias.name);
        self.names(&mut alias.asname);
    }

    fn visit_with_item(&self, item: &mut ast::WithItem) {
        self.to(&mut item.range);
        walk::walk_with_item(self, item);
    }

    fn visit_type_params(&self, parameters: &mut ast::TypeParams) {
        self.to(&mut parameters.range);
        walk::walk_type_params(self, parameters);
    }

    fn visit_type_param(&self, parameter: &mut TypeParam) {
        match parameter {
            TypeParam::TypeVar(ast::TypeParamTypeVar { range, name, .. })
            | TypeParam::TypeVarTuple(ast::TypeParamTypeVarTuple { range, name, .. })
            | TypeParam::ParamSpec(ast::TypeParamParamSpec { range, name, .. }) => {
                self.to(range);
                self.name(name);
            }
        }
        walk::walk_type_param(self, parameter);
    }

    fn visit_elif_else_clause(&self, clause: &mut ast::ElifElseClause) {
        self.to(&mut clause.range);
        walk::walk_elif_else_clause(self, clause);
    }

    fn visit_f_string(&self, string: &mut ast::FString) {
        self.to(&mut string.range);
        walk::walk_f_string(self, string);
    }

    fn visit_t_string(&self, string: &mut ast::TString) {
        self.to(&mut string.range);
        walk::walk_t_string(self, string);
    }

    fn visit_interpolated_string_element(&self, element: &mut ast::InterpolatedStringElement) {
        match element {
            ast::InterpolatedStringElement::Literal(literal) => self.to(&mut literal.range),
            ast::InterpolatedStringElement::Interpolation(field) => {
                self.to(&mut field.range);
                if let Some(spec) = &mut field.format_spec {
                    self.to(&mut spec.range);
                }
            }
        }
        walk::walk_interpolated_string_element(self, element);
    }

    fn visit_string_literal(&self, string: &mut ast::StringLiteral) {
        self.to(&mut string.range);
    }

    fn visit_bytes_literal(&self, bytes: &mut ast::BytesLiteral) {
        self.to(&mut bytes.range);
    }
}
