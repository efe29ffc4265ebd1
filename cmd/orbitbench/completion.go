package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/orbitring/orbit/bench"
)

// completionCmd prints what a shell needs to complete command lines.
type completionCmd struct {
	Shell string `arg:"" help:"bash or zsh."`
}

// Run is the verb.
func (c *completionCmd) Run(s *session, k *kong.Context) error {
	if err := oneOf("shell", c.Shell, []string{"bash", "zsh"}, nil); err != nil {
		return err
	}
	if c.Shell == "zsh" {
		fmt.Fprintln(s.stdout, "autoload -U +X bashcompinit && bashcompinit")
	}
	var verbs, cases []string
	all := flagsOf(k.Model.Node)
	for _, verb := range k.Model.Children {
		if verb.Type != kong.CommandNode || verb.Hidden {
			continue
		}
		verbs = append(verbs, verb.Name)
		cases = append(cases, fmt.Sprintf("\t%s) flags=%q ;;", verb.Name, strings.Join(append(flagsOf(verb), all...), " ")))
	}
	var values []string
	for _, v := range flagValues {
		values = append(values, fmt.Sprintf("\t-%s) COMPREPLY=($(compgen -W %q -- \"$word\")); return ;;", v.flag, strings.Join(v.words, " ")))
	}
	fmt.Fprintf(s.stdout, completionScript, strings.Join(values, "\n"), strings.Join(cases, "\n"), strings.Join(verbs, " "))
	return nil
}

// flagValues are the words that flags take.
var flagValues = []struct {
	flag  string
	words []string
}{
	{"suite", []string{"quick", "full"}},
	{"mode", names(bench.Modes)},
	{"topology", []string{"1x1", "1x2", "1x3", "2x1", "3x1", "2x2"}},
	{"ring", []string{"lane", "shared", "none"}},
	{"wait", []string{"spin", "yield", "park", "auto"}},
	{"peers", append(names(bench.Peers), "none")},
	{"format", []string{"table", "bench", "json"}},
	{"pin", []string{"auto", "none"}},
}

func flagsOf(n *kong.Node) []string {
	var all []string
	for _, f := range n.Flags {
		if !f.Hidden {
			all = append(all, "-"+f.Name)
		}
	}
	slices.Sort(all)
	return all
}

// completionScript takes the values of flags, the flags of verbs, and the verbs.
// Without a verb, flags are those of run.
const completionScript = `_orbitbench() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]} flags
	case ${before/#--/-} in
%s
	-o) COMPREPLY=($(compgen -d -- "$word")); return ;;
	esac
	case $verb in -*|"") verb=run ;; esac
	case $verb in
%s
	esac
	case $word in
	-*) COMPREPLY=($(compgen -W "$flags" -- "$word")) ;;
	*) if [ "$COMP_CWORD" = 1 ]; then COMPREPLY=($(compgen -W "%s" -- "$word")); else COMPREPLY=($(compgen -f -- "$word")); fi ;;
	esac
}
complete -F _orbitbench orbitbench
`
