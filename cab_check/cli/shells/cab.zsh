#compdef cab cab-check
# zsh: completion of cab. In ~/.zshrc, after compinit: eval "$(cab completion zsh)"

_cab() {
    local line="${(j: :)words[1,CURRENT-1]} $PREFIX" kind value
    local -a offered
    while IFS=$'\t' read -r kind value; do
        case $kind in
            plain) offered+=("$value") ;;
            dir|file)
                [[ $PREFIX == --*=* ]] && compset -P '*='
                if [[ $kind == dir ]]; then _files -/; else _files; fi ;;
        esac
    done < <(_CAB_COMPLETE=$line ${~${(Q)words[1]}} 2>/dev/null)
    (( $#offered )) && compadd -V offered -a offered
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _cab "$@"
else
    compdef _cab cab cab-check
fi
