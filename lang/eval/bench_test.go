package eval_test

import (
	"os"
	"testing"

	"github.com/vnlang/vn/lang/eval"
	"github.com/vnlang/vn/stdlib"
)

// BenchmarkLoad reads the paper's network and the standard library.
func BenchmarkLoad(b *testing.B) {
	text, err := os.ReadFile("../../models/vnet.vn")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		eval.Load("vnet.vn", files{"vnet.vn": string(text)}.read, stdlib.FS, steps)
	}
}

// BenchmarkElaborate runs the paper's network once.
func BenchmarkElaborate(b *testing.B) {
	p := loadModel(b, "vnet.vn")
	for b.Loop() {
		p.Elaborate("VNet", eval.Options{})
	}
}

// BenchmarkCheck checks the paper's network, its loss and its optimizer.
func BenchmarkCheck(b *testing.B) {
	p := loadModel(b, "vnet.vn")
	for b.Loop() {
		p.Check(eval.Options{})
	}
}
