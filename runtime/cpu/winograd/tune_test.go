package winograd

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TUNE="layer rounds;plan;plan" plan: P strip strips rows taskRows | S strip strips layers splits
func TestTune(t *testing.T) {
	spec := os.Getenv("TUNE")
	if spec == "" {
		t.Skip()
	}
	parts := strings.Split(spec, ";")
	head := strings.Fields(parts[0])
	l, _ := strconv.Atoi(head[0])
	rounds, _ := strconv.Atoi(head[1])
	layer := layers[l]
	c := sameConvolution(layer.channels, layer.size, 5)
	s := newBench(t, c, layer.tile)
	defer s.pool.Close()
	var plans []plan
	for _, p := range parts[1:] {
		if strings.TrimSpace(p) == "D" {
			plans = append(plans, s.f.plan)
			continue
		}
		var k string
		var a, b, c, d int
		fmt.Sscan(p, &k, &a, &b, &c, &d)
		if k == "P" {
			plans = append(plans, plan{strip: a, strips: b, rows: c, taskRows: d})
		} else {
			plans = append(plans, plan{shared: true, strip: a, strips: b, layers: c, splits: d})
		}
	}
	most := 0
	for _, p := range plans {
		s.f.layOut(p)
		most = max(most, s.f.Workspace())
	}
	scratch := make([]float32, most+64)
	bests := make([]time.Duration, len(plans))
	cpus := make([]time.Duration, len(plans))
	for i := range bests {
		bests[i] = time.Hour
		cpus[i] = time.Hour
	}
	for range rounds {
		for i, p := range plans {
			s.f.layOut(p)
			s.scratch = scratch[:s.f.Workspace()]
			s.run()
			c := cpuTime()
			bests[i] = min(bests[i], best(1, s.run))
			cpus[i] = min(cpus[i], cpuTime()-c)
		}
	}
	for i, p := range plans {
		s.f.layOut(p)
		fmt.Printf("%8.2f ms cpu/2 %8.2f  %v %.1f MB\n", float64(bests[i].Microseconds())/1e3, float64(cpus[i].Microseconds())/2e3, p, float64(4*s.f.Workspace())/1e6)
	}
}

func cpuTime() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
