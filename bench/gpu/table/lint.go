package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/vnlang/vn/codegen/cuda"
)

// withoutCache lets the compiler's cache be a fresh one until done is called: what comes from a cache has no log.
func withoutCache() (done func(), err error) {
	folder, err := os.MkdirTemp("", "vn-lint")
	if err != nil {
		return nil, err
	}
	return func() { os.RemoveAll(folder) }, os.Setenv("XDG_CACHE_HOME", folder)
}

// lint reports all that is wrong with compiled programs.
func lint(programs []*program) error {
	wrong := 0
	for _, p := range programs {
		if p.compiler == "" {
			return fmt.Errorf("%w; run scripts/build-cuda.sh, and put the directory of vnc-nvrtc on PATH", p.missing)
		}
		found := p.faults()
		for _, fault := range found {
			fmt.Printf("%s, %s, %s, %s: %s\n", p.plan.Name, p.plan.Mode, p.arch, p.precision, fault)
		}
		wrong += len(found)
		fmt.Fprintf(os.Stderr, "table: %s, %s, %s, %s: %d kernels, %d faults\n", p.plan.Name, p.plan.Mode, p.arch, p.precision, len(p.resources), len(found))
	}
	if wrong > 0 {
		return fmt.Errorf("%d faults in compiled kernels", wrong)
	}
	return nil
}

// faults returns what is wrong with a compiled program, in words.
func (p *program) faults() []string {
	var list []string
	for line := range strings.Lines(p.log) {
		if line = strings.TrimSpace(line); strings.Contains(line, "warning #") || strings.Contains(line, "Performance Loss") {
			list = append(list, "the compiler says: "+line)
		}
	}
	seen := map[string]bool{}
	for _, launches := range [][]cuda.Launch{p.module.Prepare, p.module.Launches} {
		for i := range launches {
			l := &launches[i]
			if seen[l.Entry] {
				continue
			}
			seen[l.Entry] = true
			if fault := p.fault(l); fault != "" {
				where := ""
				if len(l.At) > 0 {
					where = fmt.Sprintf(", %s", l.At[0])
				}
				list = append(list, fmt.Sprintf("%s (%s%s) %s", l.Entry, l.Note, where, fault))
			}
		}
	}
	return list
}

// fault returns what is wrong with the code of a launch; empty where it is well.
func (p *program) fault(l *cuda.Launch) string {
	r := p.resources[l.Entry]
	switch u := unitOf(l); {
	case r == nil:
		return "is not in what was compiled"
	case r.stack > 0:
		return fmt.Sprintf("needs %d bytes of memory for each thread beside %d registers", r.stack, r.registers)
	case u == byWGMMA && r.hgmma == 0:
		return "has no wgmma in its code"
	case u == byMMA && r.hmma == 0:
		return "has no mma.sync in its code"
	case p.gpu().resident(l, r) == 0:
		return fmt.Sprintf("does not fit: %d threads of %d registers, %d bytes of shared memory", l.Block, r.registers, l.Shared+r.shared)
	}
	return ""
}
