# bash: completion of cab. In ~/.bashrc: eval "$(cab completion bash)"

_cab_complete() {
    local line=${COMP_LINE:0:COMP_POINT} kind value cut=
    local word=${line##*[[:space:]]}
    # bash parts an unquoted word at = and : and replaces what stands behind the last of them
    local before=${COMP_WORDBREAKS//[^:=]/}
    if [[ -n $before && $word != [\"\']* ]]; then
        cut=${word%"${word##*[$before]}"}
    fi
    COMPREPLY=()
    while IFS=$'\t' read -r kind value; do
        case $kind in
            plain) COMPREPLY+=("${value#"$cut"}") ;;
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
        esac
    done < <(_CAB_COMPLETE=$line "${1/#\~/$HOME}" 2>/dev/null)
} 2>/dev/null

# bash before 4.4 sorts what is offered
complete -o nosort -F _cab_complete cab cab-check 2>/dev/null ||
    complete -F _cab_complete cab cab-check
