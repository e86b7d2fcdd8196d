# Completion of kmcodec for fish 3.2 and later, made by "kmcodec completion fish".

function __kmcodec_complete
    set -l current (commandline -ct)
    set -l option (string match -r -- '^--[^=]+=' $current)
    set -l program (commandline -opc)[1]
    set -l program (string replace -r '^~' $HOME -- $program)
    set -lx COMP_WORDS (commandline -cp)
    set -lx COMP_CWORD $current
    set -lx _KMCODEC_COMPLETE fish_complete
    for line in ($program 2>/dev/null)
        set -l fields (string split \t -- $line)
        switch $fields[1]
            case plain
                string join \t -- "$option"$fields[2] $fields[3..]
            case file
                __fish_complete_path "$fields[2]" | string replace -r '^' -- "$option"
            case dir
                __fish_complete_directories "$fields[2]" | string replace -r '^' -- "$option"
            case kmq
                __fish_complete_path "$fields[2]" | string match -ri '.*(?:/|\.kmq)(?:\t.*)?$'
        end
    end
end

complete --command kmcodec --no-files --keep-order --arguments '(__kmcodec_complete)'
