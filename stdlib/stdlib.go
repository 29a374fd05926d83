// Package stdlib holds the standard library of the language: layers, losses, optimizers and schedules, written in the
// language itself. The compiler knows none of them by name; what they compute is what their text says.
//
// Each file is named after what its blocks are. The blocks of all files are visible in every program without an
// import, and a program may declare a block of the same name for itself.
package stdlib

import "embed"

// FS holds the files of the library, *.vn, at its root.
//
//go:embed *.vn
var FS embed.FS
