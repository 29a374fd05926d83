package main

import (
	"os"
	"testing"
)

func TestCommittedFileIsInStep(t *testing.T) {
	got, err := os.ReadFile("../wgmma.h")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != text() {
		t.Error("wgmma.h is not what this program writes: run go generate ./codegen/cuda/prelude/gen")
	}
}
