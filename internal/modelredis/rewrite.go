package modelredis

import (
	"fmt"
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// The interpreter differs from the Lua of Redis in how operators treat numbers and
// texts, and it cannot be told otherwise. So the syntax tree is changed before it is
// compiled: the operators concerned become calls of functions whose names no script can
// write. Texts as operands of arithmetic need no change: they have metamethods.

// rewrite changes statements in place.
func rewrite(stmts []ast.Stmt) {
	for _, s := range stmts {
		rewriteStmt(s)
	}
}

func rewriteStmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.AssignStmt:
		rewriteAll(s.Lhs)
		rewriteAll(s.Rhs)
	case *ast.LocalAssignStmt:
		rewriteAll(s.Exprs)
	case *ast.FuncCallStmt:
		s.Expr = rewritten(s.Expr)
	case *ast.DoBlockStmt:
		rewrite(s.Stmts)
	case *ast.IfStmt:
		s.Condition = rewritten(s.Condition)
		rewrite(s.Then)
		rewrite(s.Else)
	case *ast.FuncDefStmt:
		s.Func = rewritten(s.Func).(*ast.FunctionExpr)
	case *ast.ReturnStmt:
		rewriteAll(s.Exprs)
	case *ast.BreakStmt:
	default:
		rewriteLoop(s)
	}
}

func rewriteLoop(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.WhileStmt:
		s.Condition = rewritten(s.Condition)
		s.Stmts = counted(s.Stmts, s)
	case *ast.RepeatStmt:
		s.Condition = rewritten(s.Condition)
		s.Stmts = counted(s.Stmts, s)
	case *ast.NumberForStmt:
		s.Init, s.Limit = bound(s.Init), bound(s.Limit)
		if s.Step != nil {
			s.Step = bound(s.Step)
		}
		s.Stmts = counted(s.Stmts, s)
	case *ast.GenericForStmt:
		rewriteAll(s.Exprs)
		s.Stmts = counted(s.Stmts, s)
	default:
		// goto and its labels came after Lua 5.1.
		panic(fmt.Sprintf("%d: this is not Lua 5.1", s.Line()))
	}
}

// counted rewrites the body of a loop or function, which begins with taking a step.
func counted(body []ast.Stmt, at ast.PositionHolder) []ast.Stmt {
	rewrite(body)
	step := &ast.FuncCallStmt{Expr: call(nameStep, at)}
	step.SetLine(at.Line())
	return append([]ast.Stmt{step}, body...)
}

func rewriteAll(exprs []ast.Expr) {
	for i, e := range exprs {
		exprs[i] = rewritten(e)
	}
}

func rewritten(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.NumberExpr:
		rewriteNumber(e)
	case *ast.StringConcatOpExpr:
		e.Lhs, e.Rhs = joined(e.Lhs), joined(e.Rhs)
	case *ast.ArithmeticOpExpr:
		e.Lhs, e.Rhs = rewritten(e.Lhs), rewritten(e.Rhs)
		if e.Operator == "%" {
			return call(nameModulo, e, e.Lhs, e.Rhs)
		}
	case *ast.AttrGetExpr:
		e.Object, e.Key = rewritten(e.Object), rewritten(e.Key)
	case *ast.TableExpr:
		for _, f := range e.Fields {
			if f.Key != nil {
				f.Key = rewritten(f.Key)
			}
			f.Value = rewritten(f.Value)
		}
	case *ast.FuncCallExpr:
		rewriteCall(e)
	case *ast.FunctionExpr:
		e.Stmts = counted(e.Stmts, e)
	default:
		rewriteOperator(e)
	}
	return e
}

func rewriteOperator(e ast.Expr) {
	switch e := e.(type) {
	case *ast.LogicalOpExpr:
		e.Lhs, e.Rhs = rewritten(e.Lhs), rewritten(e.Rhs)
	case *ast.RelationalOpExpr:
		e.Lhs, e.Rhs = rewritten(e.Lhs), rewritten(e.Rhs)
	case *ast.UnaryMinusOpExpr:
		e.Expr = rewritten(e.Expr)
	case *ast.UnaryNotOpExpr:
		e.Expr = rewritten(e.Expr)
	case *ast.UnaryLenOpExpr:
		e.Expr = rewritten(e.Expr)
	}
}

func rewriteCall(e *ast.FuncCallExpr) {
	if e.Func != nil {
		e.Func = rewritten(e.Func)
	}
	if e.Receiver != nil {
		e.Receiver = rewritten(e.Receiver)
	}
	rewriteAll(e.Args)
}

// rewriteNumber spells a literal so that a leading zero does not make it octal.
func rewriteNumber(e *ast.NumberExpr) {
	if v, ok := strtod(e.Value); ok {
		e.Value = strconv.FormatFloat(v, 'g', -1, 64)
	}
}

// joined rewrites an operand of .., unless it is text for sure.
func joined(e ast.Expr) ast.Expr {
	switch e.(type) {
	case *ast.StringExpr:
		return e
	case *ast.StringConcatOpExpr:
		return rewritten(e)
	}
	return call(nameText, e, rewritten(e))
}

// bound rewrites a bound of a for loop, unless it is a number for sure.
func bound(e ast.Expr) ast.Expr {
	e = rewritten(e)
	if _, ok := e.(*ast.NumberExpr); ok {
		return e
	}
	return call(nameNumber, e, e)
}

func call(name string, at ast.PositionHolder, args ...ast.Expr) *ast.FuncCallExpr {
	f := &ast.IdentExpr{Value: name}
	f.SetLine(at.Line())
	e := &ast.FuncCallExpr{Func: f, Args: args, AdjustRet: true}
	e.SetLine(at.Line())
	e.SetLastLine(at.Line())
	return e
}
