package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A panic is reported as a fault of vnc, with what a report needs.
func TestInternalError(t *testing.T) {
	var out bytes.Buffer
	internal(&out, []string{"inspect", "net.vn"}, "index out of range")
	for _, part := range []string{"vnc: internal error: index out of range", "Please report it", "vnc inspect net.vn", version(), "main_test.go"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the report lacks %q:\n%s", part, out.String())
		}
	}
}

func TestNumbers(t *testing.T) {
	got := []string{
		thousands(0), thousands(999), thousands(1000), thousands(65175314),
		scaled(0), scaled(999), scaled(147849216), scaled(1004826066944),
		sizesText(nil), sizesText([]int{16, 128, 128, 64}),
	}
	want := []string{
		"0", "999", "1,000", "65,175,314",
		"0", "999", "147.8 M", "1.005 T",
		"one number", "16 × 128 × 128 × 64",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTable(t *testing.T) {
	table := &table{right: []bool{false, true}}
	table.row("stage", "FLOPs")
	table.row("ünten", "1")
	table.row("a", "12 G", "")
	var out bytes.Buffer
	if err := table.print(&out); err != nil {
		t.Fatal(err)
	}
	want := "stage  FLOPs\nünten      1\na       12 G\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
