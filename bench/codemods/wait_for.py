"""The simplest LibCST codemod for one of the rewrites, as a user would write it in an afternoon."""

import libcst as cst
import libcst.matchers as m
from libcst.codemod import VisitorBasedCodemodCommand

AWAITED = m.Await(
    m.Call(
        func=m.Attribute(value=m.Name("asyncio"), attr=m.Name("wait_for")),
        args=[m.Arg(keyword=None), m.Arg()],
    )
)


class WaitForToTimeout(VisitorBasedCodemodCommand):
    """Turns ``x = await asyncio.wait_for(f(), 5)`` into a block under ``asyncio.timeout(5)``."""

    DESCRIPTION = "wait_for to asyncio.timeout"

    def leave_SimpleStatementLine(self, original_node, updated_node):
        found = m.findall(updated_node, AWAITED)
        if len(updated_node.body) != 1 or len(found) != 1:
            return updated_node
        waiting = found[0]
        awaitable, seconds = waiting.expression.args
        body = updated_node.deep_replace(waiting, waiting.with_changes(expression=awaitable.value))
        return cst.With(
            items=[cst.WithItem(cst.Call(cst.parse_expression("asyncio.timeout"), [cst.Arg(seconds.value)]))],
            body=cst.IndentedBlock([body.with_changes(leading_lines=[])]),
            asynchronous=cst.Asynchronous(),
            leading_lines=updated_node.leading_lines,
        )
