package memory

import (
	"runtime"
	"testing"
	"testing/fstest"
)

func TestLimit(t *testing.T) {
	const meminfo = "MemTotal:       16384 kB\nMemFree:         1024 kB\nSwapTotal:       4096 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing is known": {nil, Unknown},
		"no numbers":       {map[string]string{"proc/meminfo": "MemTotal: much kB\nMemTotal:\n", "proc/self/cgroup": "0\n"}, Unknown},
		"memory and swap":  {map[string]string{"proc/meminfo": meminfo}, 20 << 20},
		"no limit": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/job\n", "sys/fs/cgroup/job/memory.max": "max\n",
		}, 20 << 20},
		"own group": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/slice/job\n", "sys/fs/cgroup/slice/job/memory.max": "3145728\n",
			"sys/fs/cgroup/slice/memory.max": "4194304\n",
		}, 3 << 20},
		"group above": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/slice/job\n", "sys/fs/cgroup/slice/job/memory.max": "max\n",
			"sys/fs/cgroup/slice/memory.max": "4194304\n",
		}, 4 << 20},
		"container": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "2097152\n",
		}, 2 << 20},
		"path out of sight": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/../other\n", "sys/fs/cgroup/memory.max": "2097152\n",
		}, 2 << 20},
		"version 1": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "5:cpu:/\n4:memory:/job\n0::/\n",
			"sys/fs/cgroup/memory/job/memory.limit_in_bytes": "1048576\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":     "9223372036854771712\n",
		}, 1 << 20},
		"more than there is": {map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "99999999999\n",
		}, 20 << 20},
	} {
		root := fstest.MapFS{}
		for path, text := range c.files {
			root[path] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := limit(root); got != c.want {
			t.Errorf("%s: %d bytes, want %d", name, got, c.want)
		}
	}
}

func TestThisMachine(t *testing.T) {
	if have := Limit(); have < 1<<20 || runtime.GOOS == "linux" && have == Unknown {
		t.Errorf("the machine has %d bytes", have)
	}
}
