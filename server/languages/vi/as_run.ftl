# Nhật ký phát sóng.
as-run-title = Nhật ký phát sóng

error-as-run-sequence = Dòng nhật ký không có số thứ tự
    .advice = Số thứ tự bắt đầu từ 1.
error-as-run-journal = Nhật ký này thuộc về trạm khác
    .advice = Hãy cài lại trạm bằng mã mới để bắt đầu một nhật ký mới.
