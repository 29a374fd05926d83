// Command gen writes the assembly of package kernel, for AVX-512 and for AVX2 with FMA. It is run by go generate in the
// package's directory:
//
//	go generate ./runtime/cpu/kernel
//
// and writes kernel_amd64.s, the register tiles of the contractions and the vector maps, and blocked_amd64.s, the
// transforms and products of blocked feature maps, each with its Go declarations. Every function is a straight loop over its
// operands that a caller keeps short, because the scheduler cannot interrupt assembly; none calls another.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

func main() {
	directory := "."
	if len(os.Args) > 1 {
		directory = os.Args[1]
	}
	files, err := generate()
	for name, text := range files {
		if err == nil {
			err = os.WriteFile(filepath.Join(directory, name), text, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// generate returns the text of each file by its name.
func generate() (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, emit := range map[string]func(*emitter){"kernel": (*emitter).plain, "blocked": (*emitter).blocked} {
		context := build.NewContext()
		context.ConstraintExpr("amd64")
		patterns := map[uint64]operand.Mem{}
		for _, set := range []instructionSet{avx512, avx2} {
			emit(&emitter{context, set, patterns})
		}
		file, err := context.Result()
		if err != nil {
			return nil, fmt.Errorf("building the functions of %s: %w", name, err)
		}
		if err := pass.Compile.Execute(file); err != nil {
			return nil, fmt.Errorf("allocating registers of %s: %w", name, err)
		}
		config := printer.Config{Name: "gen", Argv: []string{"go", "generate"}, Pkg: "kernel"}
		assembly, err := printer.NewGoAsm(config).Print(file)
		if err != nil {
			return nil, fmt.Errorf("printing the assembly of %s: %w", name, err)
		}
		stubs, err := printer.NewStubs(config).Print(file)
		if err != nil {
			return nil, fmt.Errorf("printing the declarations of %s: %w", name, err)
		}
		files[name+"_amd64.s"] = assembly
		files[name+"_amd64.go"] = bytes.TrimLeft(stubs, "\n")
	}
	return files, nil
}

// plain emits the contractions of plain feature maps, and the maps and reductions.
func (e *emitter) plain() {
	for rows := 1; rows <= e.tileRows; rows *= 2 {
		for vectors := 1; vectors <= 3; vectors++ {
			e.tile(rows, vectors)
		}
	}
	e.dot()
	e.maps()
	e.transcendentals()
	e.reductions()
}

// blocked emits what works on blocks of 16 lanes.
func (e *emitter) blocked() {
	e.transforms()
	e.products()
	e.transpositions()
	e.laneSums()
}

// instructionSet is what the generated code may use.
type instructionSet struct {
	name     string
	lanes    int // float32 values per vector
	tileRows int // rows of the tallest tile
	dotTaps  int

	groupRows []int // rows of the tiles of products of blocked maps, descending to 1
}

var (
	avx512 = instructionSet{name: "AVX512", lanes: 16, tileRows: 8, dotTaps: 6, groupRows: []int{8, 4, 2, 1}}
	avx2   = instructionSet{name: "AVX2", lanes: 8, tileRows: 4, dotTaps: 3, groupRows: []int{6, 4, 2, 1}}
)

// emitter writes functions for one instruction set.
type emitter struct {
	*build.Context
	instructionSet
	patterns map[uint64]operand.Mem // constants in read-only data
}

// bytes is the size of a vector.
func (e *emitter) bytes() int { return 4 * e.lanes }

// vector returns a new register of the set's width.
func (e *emitter) vector() reg.VecVirtual {
	if e.lanes == 16 {
		return e.ZMM()
	}
	return e.YMM()
}

func (e *emitter) vectors(n int) []reg.VecVirtual {
	list := make([]reg.VecVirtual, n)
	for i := range list {
		list[i] = e.vector()
	}
	return list
}

// zero clears a vector. It is the one instruction for that which the register allocator knows not to read the vector.
func (e *emitter) zero(v reg.VecVirtual) { e.VXORPS(v, v, v) }

// function begins a function whose name ends in the set's.
func (e *emitter) function(name, signature, comment string) {
	e.Function(name + e.name)
	e.Attributes(attr.NOSPLIT)
	e.SignatureExpr(signature)
	e.Doc(name + e.name + " " + comment)
	e.Pragma("noescape")
}

// base loads the address of a slice's first value.
func (e *emitter) base(slice string) reg.GPVirtual {
	pointer := e.GP64()
	e.Load(e.Param(slice).Base(), pointer)
	return pointer
}

// integer loads an int.
func (e *emitter) integer(name string) reg.GPVirtual {
	value := e.GP64()
	e.Load(e.Param(name), value)
	return value
}

// floats loads an int that counts float32 values, as bytes.
func (e *emitter) floats(name string) reg.GPVirtual {
	value := e.integer(name)
	e.SHLQ(operand.Imm(2), value)
	return value
}
