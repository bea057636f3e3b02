// Runs BuildKit's build checks over Dockerfiles: one JSON string a line on standard input, one JSON object a
// line on standard output. Nothing is pulled: every base image is an empty one for linux/amd64 with a PATH.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

const base = `{"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"]}, "rootfs": {"type": "layers",
"diff_ids": ["sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]}}`

type images struct{}

func (images) ResolveImageConfig(_ context.Context, name string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return name, digest.FromString(base), []byte(base), nil
}

type warning struct {
	Rule string
	Line int
}

type answer struct {
	Warnings []warning
	Error    string
	Line     int
}

func firstLine(ranges []parser.Range) int {
	if len(ranges) == 0 {
		return 0
	}
	return ranges[0].Start.Line
}

func lint(text []byte) (found answer) {
	defer func() {
		if stopped := recover(); stopped != nil {
			found.Error = fmt.Sprint("panic: ", stopped)
		}
	}()
	platform := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	platforms := []ocispecs.Platform{platform}
	config := dockerui.Config{BuildPlatforms: platforms, TargetPlatforms: platforms, LinterConfig: &linter.Config{}}
	if _, value, _, ok := parser.ParseDirective("check", text); ok {
		options, err := linter.ParseLintOptions(value)
		if err != nil {
			return answer{Error: err.Error(), Line: 1}
		}
		config.LinterConfig = options
	}
	_, _, _, _, err := dockerfile2llb.Dockerfile2LLB(context.Background(), text, dockerfile2llb.ConvertOpt{
		Config:         config,
		MetaResolver:   images{},
		TargetPlatform: &platform,
		SourceMap:      llb.NewSourceMap(nil, "Dockerfile", "dockerfile", text),
		AllStages:      true,
		Warn: func(rule, _, _, _ string, place []parser.Range) {
			found.Warnings = append(found.Warnings, warning{rule, firstLine(place)})
		},
	})
	if err != nil {
		found.Error = err.Error()
		var located *parser.LocationError
		if errors.As(err, &located) && len(located.Locations) > 0 {
			found.Line = firstLine(located.Locations[0])
		}
	}
	return found
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			panic(err)
		}
		if err := answers.Encode(lint([]byte(text))); err != nil {
			panic(err)
		}
	}
}
