#compdef kmcodec
# Completion of kmcodec for zsh, made by "kmcodec completion zsh".

_kmcodec() {
    local line type value help
    local -a described
    for line in "${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT - 1)) \
        _KMCODEC_COMPLETE=zsh_complete ${~words[1]} 2>/dev/null)}"; do
        [[ $PREFIX == --*=* ]] && compset -P '*='
        IFS=$'\t' read -r type value help <<< "$line"
        case $type in
            plain) described+=("${value//:/\\:}${help:+:$help}") ;;
            file) _files ;;
            dir) _files -/ ;;
            kmq) _files -g '*.(#i)kmq(-.)' ;;
        esac
    done
    (( $#described )) && _describe -V -t kmcodec 'kmcodec' described
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _kmcodec "$@"
else
    compdef _kmcodec kmcodec
fi
