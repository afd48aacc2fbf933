import ast
import operator

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.floordiv}


class Calculator:
    def evaluate(self, text):
        return self._value(ast.parse(text, mode="eval").body)

    def _value(self, node):
        if isinstance(node, ast.Constant):
            return node.value
        return OPERATORS[type(node.op)](self._value(node.left), self._value(node.right))
