// Package syntax turns the text of a .vn file into a tree, and a tree back into text.
//
// A text goes through four steps:
//
//	scan     text → tokens; foreign signs (&&, ;, #) are reported here and replaced by what they stand for
//	split    tokens → one chunk for each import and declaration, so that one mistake does not hide the next
//	parse    chunk → concrete tree, by the grammar of grammar.go
//	convert  concrete tree → the tree of tree.go, with exact spans
//
// The grammar is LL(1): the parser never goes back, so the token at which it stops is the first that no program could
// have there. explain.go finds from the tokens before it what could have stood there, and says so in the terms of the
// language.
//
// Nothing here recurses deeper than maxDepth: brackets are counted before the parser runs, chains of operators while
// they are folded into a tree. Later parts of the compiler may therefore walk a tree by recursion.
//
// Format prints a tree with its comments in the one layout that all files share. Parsing what it printed gives the
// same tree.
package syntax
