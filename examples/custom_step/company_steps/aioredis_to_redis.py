"""Moves code from aioredis 1 to the client that became a part of redis-py."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m
from libcst.codemod import CodemodContext, SkipFile, VisitorBasedCodemodCommand

MAKERS = m.Name("create_pool") | m.Name("create_redis") | m.Name("create_redis_pool")
OLD_CALL = m.Call(func=m.Attribute(value=m.Name("aioredis"), attr=MAKERS))


class AioredisToRedis(VisitorBasedCodemodCommand):
    """Move from `aioredis` 1 to `redis.asyncio`."""

    mentions = ["aioredis"]

    def __init__(self, context: CodemodContext, decode: bool = False) -> None:
        """Make a step; `decode` says whether answers are text, which they were not."""
        super().__init__(context)
        self.decode = decode

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        """Leave files alone that know the client by other names."""
        if m.matches(node, m.ImportFrom(module=m.Name("aioredis"))):
            raise SkipFile("names are imported from `aioredis`; import the module first.")

    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine:
        """Import the new module under the old name, so that annotations stay."""
        line = m.SimpleStatementLine(body=[m.Import(names=[m.ImportAlias(name=m.Name("aioredis"), asname=None)])])
        if not m.matches(updated_node, line):
            return updated_node
        imported = cst.ImportFrom(
            module=cst.Name("redis"),
            names=[cst.ImportAlias(cst.Name("asyncio"), cst.AsName(cst.Name("aioredis")))],
        )
        return updated_node.with_changes(body=[imported])

    def leave_Await(self, original_node: cst.Await, updated_node: cst.Await) -> cst.BaseExpression:
        """Making a client is no longer awaited."""
        call = updated_node.expression
        if not m.matches(call, OLD_CALL):
            return updated_node
        assert isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute)
        arguments = [self._argument(argument) for argument in call.args]
        if self.decode and not any(argument.keyword and argument.keyword.value == "decode_responses" for argument in arguments):
            arguments.append(
                cst.Arg(
                    keyword=cst.Name("decode_responses"),
                    value=cst.Name("True"),
                    equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
                )
            )
        return call.with_changes(func=call.func.with_changes(attr=cst.Name("from_url")), args=arguments)

    @staticmethod
    def _argument(argument: cst.Arg) -> cst.Arg:
        if argument.keyword is not None and argument.keyword.value == "maxsize":
            return argument.with_changes(keyword=cst.Name("max_connections"))
        return argument

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        """`x.close()` and `await x.wait_closed()` become `await x.aclose()`."""
        body: list[cst.BaseStatement] = []
        for statement in updated_node.body:
            closed = _receiver(statement, m.Expr(m.Await(m.Call(m.Attribute(attr=m.Name("wait_closed")), args=[]))))
            closing = _receiver(body[-1], m.Expr(m.Call(m.Attribute(attr=m.Name("close")), args=[]))) if body else None
            if closed is not None and closing is not None and closed.deep_equals(closing):
                first = body[-1]
                assert isinstance(first, cst.SimpleStatementLine)
                call = cst.Call(cst.Attribute(closed, cst.Name("aclose")))
                body[-1] = first.with_changes(body=[cst.Expr(cst.Await(call))])
                continue
            body.append(statement)
        return updated_node.with_changes(body=body)


def _receiver(statement: cst.BaseStatement, pattern: m.Expr) -> cst.BaseExpression | None:
    """Return what a method is called of, in a line that matches."""
    if not m.matches(statement, m.SimpleStatementLine(body=[pattern])):
        return None
    value = cst.ensure_type(cst.ensure_type(statement, cst.SimpleStatementLine).body[0], cst.Expr).value
    call = cst.ensure_type(value.expression if isinstance(value, cst.Await) else value, cst.Call)
    return cst.ensure_type(call.func, cst.Attribute).value
